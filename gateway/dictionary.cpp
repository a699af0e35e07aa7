#include "gateway/dictionary.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace carbonx::gateway {

const char* const dictionary_xml = R"xml(<fix major="4" minor="4">
<header>
 <field name="BeginString" required="Y"/><field name="BodyLength" required="Y"/>
 <field name="MsgType" required="Y"/><field name="SenderCompID" required="Y"/>
 <field name="TargetCompID" required="Y"/><field name="MsgSeqNum" required="Y"/>
 <field name="SendingTime" required="Y"/><field name="PossDupFlag"/><field name="PossResend"/>
 <field name="OrigSendingTime"/><field name="SenderSubID"/><field name="TargetSubID"/>
 <field name="SenderLocationID"/><field name="TargetLocationID"/><field name="OnBehalfOfCompID"/>
 <field name="OnBehalfOfSubID"/><field name="DeliverToCompID"/><field name="DeliverToSubID"/>
 <field name="MessageEncoding"/><field name="LastMsgSeqNumProcessed"/>
</header>
<trailer><field name="CheckSum" required="Y"/></trailer>
<messages>
<message name="Heartbeat" msgtype="0" msgcat="admin"><field name="TestReqID"/></message>
<message name="TestRequest" msgtype="1" msgcat="admin">
 <field name="TestReqID" required="Y"/>
</message>
<message name="ResendRequest" msgtype="2" msgcat="admin">
 <field name="BeginSeqNo" required="Y"/><field name="EndSeqNo" required="Y"/>
</message>
<message name="Reject" msgtype="3" msgcat="admin">
 <field name="RefSeqNum" required="Y"/><field name="RefTagID"/><field name="RefMsgType"/>
 <field name="SessionRejectReason"/><field name="Text"/>
</message>
<message name="SequenceReset" msgtype="4" msgcat="admin">
 <field name="GapFillFlag"/><field name="NewSeqNo" required="Y"/>
</message>
<message name="Logout" msgtype="5" msgcat="admin"><field name="Text"/></message>
<message name="Logon" msgtype="A" msgcat="admin">
 <field name="EncryptMethod" required="Y"/><field name="HeartBtInt" required="Y"/>
 <field name="ResetSeqNumFlag"/><field name="Username"/><field name="Password"/>
 <field name="MaxMessageSize"/><field name="TestMessageIndicator"/><field name="Text"/>
 <field name="CancelOnDisconnect"/>
</message>
<message name="NewOrderSingle" msgtype="D" msgcat="app">
 <field name="ClOrdID" required="Y"/><field name="Account" required="Y"/>
 <component name="Instrument"/><field name="Side" required="Y"/>
 <field name="TransactTime" required="Y"/><field name="OrderQty" required="Y"/>
 <field name="OrdType" required="Y"/><component name="OrderTerms"/>
</message>
<message name="OrderCancelReplaceRequest" msgtype="G" msgcat="app">
 <field name="OrigClOrdID" required="Y"/><field name="ClOrdID" required="Y"/>
 <field name="OrderID"/><field name="Account"/><component name="Instrument"/>
 <field name="Side" required="Y"/><field name="TransactTime" required="Y"/>
 <field name="OrderQty" required="Y"/><field name="OrdType" required="Y"/>
 <component name="OrderTerms"/>
</message>
<message name="OrderCancelRequest" msgtype="F" msgcat="app">
 <field name="OrigClOrdID" required="Y"/><field name="ClOrdID" required="Y"/>
 <field name="OrderID"/><field name="Account"/><component name="Instrument"/>
 <field name="Side" required="Y"/><field name="TransactTime" required="Y"/>
 <field name="OrderQty"/><field name="Text"/>
</message>
<message name="OrderMassCancelRequest" msgtype="q" msgcat="app">
 <field name="ClOrdID" required="Y"/><field name="MassCancelRequestType" required="Y"/>
 <component name="Instrument"/><field name="Account"/><field name="Side"/>
 <field name="TransactTime" required="Y"/><field name="Text"/>
</message>
<message name="OrderStatusRequest" msgtype="H" msgcat="app">
 <field name="ClOrdID" required="Y"/><field name="OrderID"/><field name="OrdStatusReqID"/>
 <field name="Account"/><component name="Instrument"/><field name="Side" required="Y"/>
</message>
<message name="OrderMassStatusRequest" msgtype="AF" msgcat="app">
 <field name="MassStatusReqID" required="Y"/><field name="MassStatusReqType" required="Y"/>
 <field name="Account"/><component name="Instrument"/><field name="Side"/>
</message>
<message name="RequestForPositions" msgtype="AN" msgcat="app">
 <field name="PosReqID" required="Y"/><field name="PosReqType" required="Y"/>
 <field name="SubscriptionRequestType"/><field name="Account"/><field name="AccountType"/>
 <component name="Instrument"/><field name="ClearingBusinessDate"/><field name="TransactTime"/>
 <field name="Text"/>
</message>
<message name="CollateralInquiry" msgtype="BB" msgcat="app">
 <field name="CollInquiryID" required="Y"/><field name="SubscriptionRequestType"/>
 <field name="Account"/><field name="AccountType"/><field name="Text"/>
</message>
<message name="TradeCaptureReportRequest" msgtype="AD" msgcat="app">
 <field name="TradeRequestID" required="Y"/><field name="TradeRequestType" required="Y"/>
 <field name="SubscriptionRequestType"/><field name="ExecID"/><field name="OrderID"/>
 <field name="ClOrdID"/><component name="Instrument"/>
 <group name="NoDates"><field name="TradeDate" required="Y"/></group><field name="Text"/>
</message>
<message name="SecurityListRequest" msgtype="x" msgcat="app">
 <field name="SecurityReqID" required="Y"/><field name="SecurityListRequestType" required="Y"/>
 <component name="Instrument"/><field name="Currency"/><field name="SubscriptionRequestType"/>
</message>
<message name="SecurityDefinitionRequest" msgtype="c" msgcat="app">
 <field name="SecurityReqID" required="Y"/><field name="SecurityRequestType" required="Y"/>
 <component name="Instrument"/><field name="Currency"/><field name="SubscriptionRequestType"/>
</message>
<message name="SecurityStatusRequest" msgtype="e" msgcat="app">
 <field name="SecurityStatusReqID" required="Y"/><component name="Instrument"/>
 <field name="Currency"/><field name="SubscriptionRequestType" required="Y"/>
</message>
<message name="TradingSessionStatusRequest" msgtype="g" msgcat="app">
 <field name="TradSesReqID" required="Y"/>
 <field name="SubscriptionRequestType" required="Y"/>
</message>
<message name="UserRequest" msgtype="BE" msgcat="app">
 <field name="UserRequestID" required="Y"/><field name="UserRequestType" required="Y"/>
 <field name="Username" required="Y"/><field name="Password"/><field name="NewPassword"/>
</message>
<message name="ExecutionReport" msgtype="8" msgcat="app">
 <field name="OrderID" required="Y"/><field name="SecondaryOrderID"/>
 <field name="ExecID" required="Y"/><field name="ExecType" required="Y"/>
 <field name="OrdStatus" required="Y"/><field name="OrigClOrdID"/><field name="ClOrdID"/>
 <field name="OrdStatusReqID"/><field name="MassStatusReqID"/><field name="TotNumReports"/>
 <field name="LastRptRequested"/><field name="OrdRejReason"/><field name="ExecRestatementReason"/>
 <field name="Account"/><component name="Instrument"/><field name="Side" required="Y"/>
 <field name="OrderQty"/><field name="OrdType"/><component name="OrderTerms"/>
 <field name="LastQty"/><field name="LastPx"/><field name="LastLiquidityInd"/>
 <field name="SecondaryExecID"/><field name="LeavesQty" required="Y"/>
 <field name="CumQty" required="Y"/><field name="AvgPx" required="Y"/><field name="TradeDate"/>
 <field name="TransactTime"/><field name="CopyMsgIndicator"/><field name="Fee"/>
 <group name="NoSerialRanges">
  <field name="LotID" required="Y"/><field name="SerialPrefix"/><field name="SerialFirst"/>
  <field name="SerialLast"/>
 </group>
</message>
<message name="OrderCancelReject" msgtype="9" msgcat="app">
 <field name="OrderID" required="Y"/><field name="ClOrdID" required="Y"/>
 <field name="OrigClOrdID" required="Y"/><field name="OrdStatus" required="Y"/>
 <field name="Account"/><field name="TransactTime"/>
 <field name="CxlRejResponseTo" required="Y"/><field name="CxlRejReason"/><field name="Text"/>
</message>
<message name="OrderMassCancelReport" msgtype="r" msgcat="app">
 <field name="ClOrdID"/><field name="OrderID" required="Y"/>
 <field name="MassCancelRequestType" required="Y"/><field name="MassCancelResponse" required="Y"/>
 <field name="MassCancelRejectReason"/><field name="TotalAffectedOrders"/>
 <component name="Instrument"/><field name="Account"/><field name="Side"/>
 <field name="TransactTime"/><field name="Text"/>
</message>
<message name="RequestForPositionsAck" msgtype="AO" msgcat="app">
 <field name="PosMaintRptID" required="Y"/><field name="PosReqID"/>
 <field name="TotalNumPosReports"/><field name="PosReqResult" required="Y"/>
 <field name="PosReqStatus" required="Y"/><field name="Account" required="Y"/>
 <field name="AccountType" required="Y"/><component name="Instrument"/><field name="Text"/>
</message>
<message name="PositionReport" msgtype="AP" msgcat="app">
 <field name="PosMaintRptID" required="Y"/><field name="PosReqID"/><field name="PosReqType"/>
 <field name="TotalNumPosReports"/><field name="UnsolicitedIndicator"/>
 <field name="PosReqResult" required="Y"/><field name="ClearingBusinessDate" required="Y"/>
 <field name="Account" required="Y"/><field name="AccountType" required="Y"/>
 <component name="Instrument"/><field name="Currency"/><field name="SettlPrice"/>
 <field name="SettlPriceType"/><field name="PriorSettlPrice"/>
 <group name="NoPositions">
  <field name="PosType" required="Y"/><field name="LongQty"/><field name="ShortQty"/>
 </group>
 <group name="NoPosAmt">
  <field name="PosAmtType" required="Y"/><field name="PosAmt" required="Y"/>
 </group>
</message>
<message name="CollateralReport" msgtype="BA" msgcat="app">
 <field name="CollRptID" required="Y"/><field name="CollInquiryID"/>
 <field name="CollStatus" required="Y"/><field name="TotNumReports"/>
 <field name="LastRptRequested"/><field name="Account"/><field name="AccountType"/>
 <field name="Currency"/><field name="MarginExcess"/><field name="TotalNetValue"/>
 <field name="CashOutstanding"/><field name="ClearingBusinessDate"/>
</message>
<message name="CollateralInquiryAck" msgtype="BG" msgcat="app">
 <field name="CollInquiryID" required="Y"/><field name="CollInquiryStatus" required="Y"/>
 <field name="CollInquiryResult"/><field name="TotNumReports"/><field name="Account"/>
 <field name="Text"/>
</message>
<message name="TradeCaptureReportRequestAck" msgtype="AQ" msgcat="app">
 <field name="TradeRequestID" required="Y"/><field name="TradeRequestType" required="Y"/>
 <field name="TotNumTradeReports"/><field name="TradeRequestResult" required="Y"/>
 <field name="TradeRequestStatus" required="Y"/><component name="Instrument"/>
 <field name="Text"/>
</message>
<message name="TradeCaptureReport" msgtype="AE" msgcat="app">
 <field name="TradeReportID" required="Y"/><field name="TradeReportTransType"/>
 <field name="TradeRequestID"/><field name="TotNumTradeReports"/>
 <field name="LastRptRequested"/><field name="ExecType"/>
 <field name="PreviouslyReported" required="Y"/><field name="ExecID"/>
 <field name="SecondaryExecID"/><component name="Instrument"/>
 <field name="LastQty" required="Y"/><field name="LastPx" required="Y"/>
 <field name="TradeDate" required="Y"/><field name="TransactTime" required="Y"/>
 <group name="NoSides">
  <field name="Side" required="Y"/><field name="OrderID" required="Y"/><field name="ClOrdID"/>
  <field name="Account"/><field name="Currency"/>
 </group>
 <field name="Fee"/>
 <group name="NoSerialRanges">
  <field name="LotID" required="Y"/><field name="SerialPrefix"/><field name="SerialFirst"/>
  <field name="SerialLast"/>
 </group>
</message>
<message name="SecurityList" msgtype="y" msgcat="app">
 <field name="SecurityReqID" required="Y"/><field name="SecurityResponseID" required="Y"/>
 <field name="SecurityRequestResult" required="Y"/><field name="TotNoRelatedSym"/>
 <field name="LastFragment"/>
 <group name="NoRelatedSym">
  <field name="Symbol" required="Y"/><field name="SecurityID"/><field name="SecurityIDSource"/>
  <field name="SecurityDesc"/><field name="Currency"/><field name="RoundLot"/><field name="Text"/>
  <group name="NoInstrAttrib">
   <field name="InstrAttribType" required="Y"/><field name="InstrAttribValue"/>
  </group>
 </group>
 <component name="CarbonAttributes"/>
</message>
<message name="SecurityDefinition" msgtype="d" msgcat="app">
 <field name="SecurityReqID" required="Y"/><field name="SecurityResponseID" required="Y"/>
 <field name="SecurityResponseType" required="Y"/><component name="Instrument"/>
 <field name="SecurityDesc"/><field name="Currency"/><field name="TradingSessionID"/>
 <field name="TradingSessionSubID"/><field name="RoundLot"/><field name="Text"/>
 <group name="NoInstrAttrib">
  <field name="InstrAttribType" required="Y"/><field name="InstrAttribValue"/>
 </group>
 <component name="CarbonAttributes"/>
</message>
<message name="SecurityStatus" msgtype="f" msgcat="app">
 <field name="SecurityStatusReqID"/><component name="Instrument"/><field name="Currency"/>
 <field name="TradingSessionID"/><field name="TradingSessionSubID"/>
 <field name="UnsolicitedIndicator"/><field name="SecurityTradingStatus"/>
 <field name="TransactTime"/><field name="Text"/><field name="HaltReason"/>
</message>
<message name="TradingSessionStatus" msgtype="h" msgcat="app">
 <field name="TradSesReqID"/><field name="TradingSessionID" required="Y"/>
 <field name="TradingSessionSubID"/><field name="UnsolicitedIndicator"/>
 <field name="TradSesStatus" required="Y"/><field name="Text"/>
</message>
<message name="News" msgtype="B" msgcat="app">
 <field name="OrigTime"/><field name="Headline" required="Y"/>
 <group name="NoLinesOfText" required="Y"><field name="Text" required="Y"/></group>
</message>
<message name="UserResponse" msgtype="BF" msgcat="app">
 <field name="UserRequestID" required="Y"/><field name="Username" required="Y"/>
 <field name="UserStatus"/><field name="UserStatusText"/>
</message>
<message name="BusinessMessageReject" msgtype="j" msgcat="app">
 <field name="RefSeqNum"/><field name="RefMsgType" required="Y"/>
 <field name="BusinessRejectRefID"/><field name="BusinessRejectReason" required="Y"/>
 <field name="Text"/>
</message>
</messages>
<components>
<component name="Instrument">
 <field name="Symbol"/><field name="SecurityID"/><field name="SecurityIDSource"/>
</component>
<component name="CarbonAttributes">
 <group name="NoCarbonAttributes">
  <field name="CarbonSymbol" required="Y"/><field name="Registry"/>
  <field name="RegistryProjectID"/><field name="ProjectName"/><field name="Methodology"/>
  <field name="HostCountry"/><field name="Vintage"/><field name="CreditEffect"/>
  <field name="CreditLabels"/>
 </group>
</component>
<component name="OrderTerms">
 <field name="Price"/><field name="StopPx"/><field name="Currency"/><field name="TimeInForce"/>
 <field name="ExpireDate"/><field name="ExpireTime"/><field name="ExecInst"/>
 <field name="HandlInst"/><field name="MinQty"/><field name="MaxFloor"/>
 <field name="AccountType"/><field name="OrderCapacity"/><field name="ClOrdLinkID"/>
 <field name="SecondaryClOrdID"/><field name="TargetStrategy"/><field name="Text"/>
</component>
</components>
<fields>
<field number="1" name="Account" type="STRING"/>
<field number="6" name="AvgPx" type="PRICE"/>
<field number="7" name="BeginSeqNo" type="SEQNUM"/>
<field number="8" name="BeginString" type="STRING"/>
<field number="9" name="BodyLength" type="LENGTH"/>
<field number="10" name="CheckSum" type="STRING"/>
<field number="11" name="ClOrdID" type="STRING"/>
<field number="14" name="CumQty" type="QTY"/>
<field number="15" name="Currency" type="CURRENCY"/>
<field number="16" name="EndSeqNo" type="SEQNUM"/>
<field number="17" name="ExecID" type="STRING"/>
<field number="18" name="ExecInst" type="MULTIPLEVALUESTRING"/>
<field number="21" name="HandlInst" type="CHAR">
 <value enum="1"/><value enum="2"/><value enum="3"/>
</field>
<field number="22" name="SecurityIDSource" type="STRING"/>
<field number="31" name="LastPx" type="PRICE"/>
<field number="32" name="LastQty" type="QTY"/>
<field number="33" name="NoLinesOfText" type="NUMINGROUP"/>
<field number="34" name="MsgSeqNum" type="SEQNUM"/>
<field number="35" name="MsgType" type="STRING"/>
<field number="36" name="NewSeqNo" type="SEQNUM"/>
<field number="37" name="OrderID" type="STRING"/>
<field number="38" name="OrderQty" type="QTY"/>
<field number="39" name="OrdStatus" type="CHAR"/>
<field number="40" name="OrdType" type="CHAR">
 <value enum="1"/><value enum="2"/><value enum="3"/><value enum="4"/><value enum="6"/>
 <value enum="7"/><value enum="8"/><value enum="9"/><value enum="D"/><value enum="E"/>
 <value enum="G"/><value enum="I"/><value enum="J"/><value enum="K"/><value enum="L"/>
 <value enum="M"/><value enum="P"/>
</field>
<field number="41" name="OrigClOrdID" type="STRING"/>
<field number="42" name="OrigTime" type="UTCTIMESTAMP"/>
<field number="43" name="PossDupFlag" type="BOOLEAN"/>
<field number="44" name="Price" type="PRICE"/>
<field number="45" name="RefSeqNum" type="SEQNUM"/>
<field number="48" name="SecurityID" type="STRING"/>
<field number="49" name="SenderCompID" type="STRING"/>
<field number="50" name="SenderSubID" type="STRING"/>
<field number="52" name="SendingTime" type="UTCTIMESTAMP"/>
<field number="54" name="Side" type="CHAR">
 <value enum="1"/><value enum="2"/><value enum="3"/><value enum="4"/><value enum="5"/>
 <value enum="6"/><value enum="7"/><value enum="8"/><value enum="9"/><value enum="A"/>
 <value enum="B"/><value enum="C"/><value enum="D"/><value enum="E"/><value enum="F"/>
 <value enum="G"/>
</field>
<field number="55" name="Symbol" type="STRING"/>
<field number="56" name="TargetCompID" type="STRING"/>
<field number="57" name="TargetSubID" type="STRING"/>
<field number="58" name="Text" type="STRING"/>
<field number="59" name="TimeInForce" type="CHAR">
 <value enum="0"/><value enum="1"/><value enum="2"/><value enum="3"/><value enum="4"/>
 <value enum="5"/><value enum="6"/><value enum="7"/>
</field>
<field number="60" name="TransactTime" type="UTCTIMESTAMP"/>
<field number="75" name="TradeDate" type="LOCALMKTDATE"/>
<field number="97" name="PossResend" type="BOOLEAN"/>
<field number="98" name="EncryptMethod" type="INT">
 <value enum="0"/>
</field>
<field number="99" name="StopPx" type="PRICE"/>
<field number="102" name="CxlRejReason" type="INT"/>
<field number="103" name="OrdRejReason" type="INT"/>
<field number="107" name="SecurityDesc" type="STRING"/>
<field number="108" name="HeartBtInt" type="INT"/>
<field number="110" name="MinQty" type="QTY"/>
<field number="111" name="MaxFloor" type="QTY"/>
<field number="112" name="TestReqID" type="STRING"/>
<field number="115" name="OnBehalfOfCompID" type="STRING"/>
<field number="116" name="OnBehalfOfSubID" type="STRING"/>
<field number="122" name="OrigSendingTime" type="UTCTIMESTAMP"/>
<field number="123" name="GapFillFlag" type="BOOLEAN"/>
<field number="126" name="ExpireTime" type="UTCTIMESTAMP"/>
<field number="128" name="DeliverToCompID" type="STRING"/>
<field number="129" name="DeliverToSubID" type="STRING"/>
<field number="141" name="ResetSeqNumFlag" type="BOOLEAN"/>
<field number="142" name="SenderLocationID" type="STRING"/>
<field number="143" name="TargetLocationID" type="STRING"/>
<field number="146" name="NoRelatedSym" type="NUMINGROUP"/>
<field number="148" name="Headline" type="STRING"/>
<field number="150" name="ExecType" type="CHAR"/>
<field number="151" name="LeavesQty" type="QTY"/>
<field number="198" name="SecondaryOrderID" type="STRING"/>
<field number="263" name="SubscriptionRequestType" type="CHAR">
 <value enum="0"/><value enum="1"/><value enum="2"/>
</field>
<field number="320" name="SecurityReqID" type="STRING"/>
<field number="321" name="SecurityRequestType" type="INT">
 <value enum="0"/><value enum="1"/><value enum="2"/><value enum="3"/>
</field>
<field number="322" name="SecurityResponseID" type="STRING"/>
<field number="323" name="SecurityResponseType" type="INT"/>
<field number="324" name="SecurityStatusReqID" type="STRING"/>
<field number="325" name="UnsolicitedIndicator" type="BOOLEAN"/>
<field number="326" name="SecurityTradingStatus" type="INT"/>
<field number="335" name="TradSesReqID" type="STRING"/>
<field number="336" name="TradingSessionID" type="STRING"/>
<field number="340" name="TradSesStatus" type="INT"/>
<field number="347" name="MessageEncoding" type="STRING"/>
<field number="369" name="LastMsgSeqNumProcessed" type="SEQNUM"/>
<field number="371" name="RefTagID" type="INT"/>
<field number="372" name="RefMsgType" type="STRING"/>
<field number="373" name="SessionRejectReason" type="INT"/>
<field number="378" name="ExecRestatementReason" type="INT"/>
<field number="379" name="BusinessRejectRefID" type="STRING"/>
<field number="380" name="BusinessRejectReason" type="INT"/>
<field number="383" name="MaxMessageSize" type="LENGTH"/>
<field number="393" name="TotNoRelatedSym" type="INT"/>
<field number="432" name="ExpireDate" type="LOCALMKTDATE"/>
<field number="434" name="CxlRejResponseTo" type="CHAR"/>
<field number="464" name="TestMessageIndicator" type="BOOLEAN"/>
<field number="487" name="TradeReportTransType" type="INT"/>
<field number="526" name="SecondaryClOrdID" type="STRING"/>
<field number="527" name="SecondaryExecID" type="STRING"/>
<field number="528" name="OrderCapacity" type="CHAR">
 <value enum="A"/><value enum="G"/><value enum="I"/><value enum="P"/><value enum="R"/>
 <value enum="W"/>
</field>
<field number="530" name="MassCancelRequestType" type="CHAR">
 <value enum="1"/><value enum="2"/><value enum="3"/><value enum="4"/><value enum="5"/>
 <value enum="6"/><value enum="7"/>
</field>
<field number="531" name="MassCancelResponse" type="CHAR"/>
<field number="532" name="MassCancelRejectReason" type="INT"/>
<field number="533" name="TotalAffectedOrders" type="INT"/>
<field number="552" name="NoSides" type="NUMINGROUP"/>
<field number="553" name="Username" type="STRING"/>
<field number="554" name="Password" type="STRING"/>
<field number="559" name="SecurityListRequestType" type="INT">
 <value enum="0"/><value enum="1"/><value enum="2"/><value enum="3"/><value enum="4"/>
</field>
<field number="560" name="SecurityRequestResult" type="INT"/>
<field number="561" name="RoundLot" type="QTY"/>
<field number="568" name="TradeRequestID" type="STRING"/>
<field number="569" name="TradeRequestType" type="INT">
 <value enum="0"/><value enum="1"/><value enum="2"/><value enum="3"/><value enum="4"/>
</field>
<field number="570" name="PreviouslyReported" type="BOOLEAN"/>
<field number="571" name="TradeReportID" type="STRING"/>
<field number="580" name="NoDates" type="NUMINGROUP"/>
<field number="581" name="AccountType" type="INT">
 <value enum="1"/><value enum="2"/><value enum="3"/><value enum="4"/><value enum="6"/>
 <value enum="7"/><value enum="8"/>
</field>
<field number="583" name="ClOrdLinkID" type="STRING"/>
<field number="584" name="MassStatusReqID" type="STRING"/>
<field number="585" name="MassStatusReqType" type="INT">
 <value enum="1"/><value enum="2"/><value enum="3"/><value enum="4"/><value enum="5"/>
 <value enum="6"/><value enum="7"/><value enum="8"/>
</field>
<field number="625" name="TradingSessionSubID" type="STRING"/>
<field number="702" name="NoPositions" type="NUMINGROUP"/>
<field number="703" name="PosType" type="STRING"/>
<field number="704" name="LongQty" type="QTY"/>
<field number="705" name="ShortQty" type="QTY"/>
<field number="707" name="PosAmtType" type="STRING"/>
<field number="708" name="PosAmt" type="AMT"/>
<field number="710" name="PosReqID" type="STRING"/>
<field number="715" name="ClearingBusinessDate" type="LOCALMKTDATE"/>
<field number="721" name="PosMaintRptID" type="STRING"/>
<field number="724" name="PosReqType" type="INT">
 <value enum="0"/><value enum="1"/><value enum="2"/><value enum="3"/>
</field>
<field number="727" name="TotalNumPosReports" type="INT"/>
<field number="728" name="PosReqResult" type="INT"/>
<field number="729" name="PosReqStatus" type="INT"/>
<field number="730" name="SettlPrice" type="PRICE"/>
<field number="731" name="SettlPriceType" type="INT"/>
<field number="734" name="PriorSettlPrice" type="PRICE"/>
<field number="748" name="TotNumTradeReports" type="INT"/>
<field number="749" name="TradeRequestResult" type="INT"/>
<field number="750" name="TradeRequestStatus" type="INT"/>
<field number="753" name="NoPosAmt" type="NUMINGROUP"/>
<field number="790" name="OrdStatusReqID" type="STRING"/>
<field number="797" name="CopyMsgIndicator" type="BOOLEAN"/>
<field number="847" name="TargetStrategy" type="INT"/>
<field number="851" name="LastLiquidityInd" type="INT"/>
<field number="870" name="NoInstrAttrib" type="NUMINGROUP"/>
<field number="871" name="InstrAttribType" type="INT"/>
<field number="872" name="InstrAttribValue" type="STRING"/>
<field number="893" name="LastFragment" type="BOOLEAN"/>
<field number="899" name="MarginExcess" type="AMT"/>
<field number="900" name="TotalNetValue" type="AMT"/>
<field number="901" name="CashOutstanding" type="AMT"/>
<field number="908" name="CollRptID" type="STRING"/>
<field number="909" name="CollInquiryID" type="STRING"/>
<field number="910" name="CollStatus" type="INT"/>
<field number="911" name="TotNumReports" type="INT"/>
<field number="912" name="LastRptRequested" type="BOOLEAN"/>
<field number="923" name="UserRequestID" type="STRING"/>
<field number="924" name="UserRequestType" type="INT">
 <value enum="1"/><value enum="2"/><value enum="3"/><value enum="4"/>
</field>
<field number="925" name="NewPassword" type="STRING"/>
<field number="926" name="UserStatus" type="INT"/>
<field number="927" name="UserStatusText" type="STRING"/>
<field number="945" name="CollInquiryStatus" type="INT"/>
<field number="946" name="CollInquiryResult" type="INT"/>
<field number="5001" name="CancelOnDisconnect" type="CHAR">
 <value enum="Y"/><value enum="N"/><value enum="G"/>
</field>
<field number="5002" name="NoSerialRanges" type="NUMINGROUP"/>
<field number="5003" name="LotID" type="STRING"/>
<field number="5004" name="SerialFirst" type="STRING"/>
<field number="5005" name="SerialLast" type="STRING"/>
<field number="5006" name="Fee" type="AMT"/>
<field number="5007" name="SerialPrefix" type="STRING"/>
<field number="5010" name="NoCarbonAttributes" type="NUMINGROUP"/>
<field number="5011" name="CarbonSymbol" type="STRING"/>
<field number="5012" name="Registry" type="STRING">
 <value enum="VERRA"/><value enum="GOLD_STANDARD"/><value enum="ACR"/><value enum="CAR"/>
 <value enum="ART"/><value enum="CCER"/>
</field>
<field number="5013" name="RegistryProjectID" type="STRING"/>
<field number="5014" name="ProjectName" type="STRING"/>
<field number="5015" name="Methodology" type="STRING"/>
<field number="5016" name="HostCountry" type="COUNTRY"/>
<field number="5017" name="Vintage" type="INT"/>
<field number="5018" name="CreditEffect" type="STRING">
 <value enum="REDUCTION"/><value enum="REMOVAL"/>
</field>
<field number="5019" name="CreditLabels" type="MULTIPLEVALUESTRING">
 <value enum="CCP"/><value enum="CORSIA"/><value enum="ARTICLE6"/><value enum="CCB"/>
</field>
<field number="5020" name="HaltReason" type="STRING"/>
</fields>
</fix>
)xml";

namespace {

constexpr auto supported_inbound = std::to_array<std::string_view>({
    "AD",
    "AF",
    "AN",
    "BB",
    "BE",
    "D",
    "F",
    "G",
    "H",
    "c",
    "e",
    "g",
    "j",
    "q",
    "x",
});

constexpr auto fix44_application = std::to_array<std::string_view>({
    "6",  "7",  "8",  "9",  "AA", "AB", "AC", "AD", "AE", "AF", "AG", "AH", "AI", "AJ", "AK",
    "AL", "AM", "AN", "AO", "AP", "AQ", "AR", "AS", "AT", "AU", "AV", "AW", "AX", "AY", "AZ",
    "B",  "BA", "BB", "BC", "BD", "BE", "BF", "BG", "BH", "C",  "D",  "E",  "F",  "G",  "H",
    "J",  "K",  "L",  "M",  "N",  "P",  "Q",  "R",  "S",  "T",  "V",  "W",  "X",  "Y",  "Z",
    "a",  "b",  "c",  "d",  "e",  "f",  "g",  "h",  "i",  "j",  "k",  "l",  "m",  "o",  "p",
    "q",  "r",  "s",  "t",  "u",  "v",  "w",  "x",  "y",  "z",
});

}  // namespace

static_assert(std::is_sorted(supported_inbound.begin(), supported_inbound.end()));
static_assert(std::is_sorted(fix44_application.begin(), fix44_application.end()));

bool is_supported_inbound(std::string_view msg_type) {
    return std::binary_search(supported_inbound.begin(), supported_inbound.end(), msg_type);
}

bool is_fix44_application(std::string_view msg_type) {
    return std::binary_search(fix44_application.begin(), fix44_application.end(), msg_type);
}

std::shared_ptr<FIX::DataDictionary> load_dictionary() {
    std::istringstream stream(dictionary_xml);
    auto dictionary = std::make_shared<FIX::DataDictionary>(stream);
    // FIX 4.4 has tags up to here, and a message with one that our rules do not list for it is told
    // that it does not belong there (373=2), not that there is no such tag (373=0). In header and
    // trailer QuickFIX would then let it pass.
    constexpr int last_tag = 956;
    for (int tag = 1; tag <= last_tag; ++tag) {
        const bool of_body =
            !FIX::Message::isHeaderField(tag) && !FIX::Message::isTrailerField(tag);
        if (of_body) dictionary->addField(tag);
    }
    return dictionary;
}

}  // namespace carbonx::gateway
