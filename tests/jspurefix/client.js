// A broker on jspurefix, unmodified, with its own FIX 4.4 dictionary and its file store. It trades in two
// parts, and the end of the first is a crash: the process ends without a Logout.
//
// usage: node client.js first|second PORT STORE SYMBOL PRICE LOWER_PRICE IDS_BEGIN_WITH
// Prints what happens; exits with 0 when all went as it should.
'use strict'
require('reflect-metadata')
const fs = require('fs')
const path = require('path')
const { AsciiSession, EmptyLogFactory, SessionLauncher } = require('jspurefix')

const [part, port, store, symbol, price, lowerPrice, run] = process.argv.slice(2)

const description = {
  application: {
    type: 'initiator',
    name: 'carbonx-test',
    tcp: { host: '127.0.0.1', port: Number(port) },
    protocol: 'ascii',
    dictionary: 'qf44'
  },
  store: { type: 'file', directory: store },
  Username: 'SPARE',
  Password: 'demo-spare',
  EncryptMethod: 0,
  ResetSeqNumFlag: part === 'first',
  HeartBtInt: 10,
  SenderCompId: 'SPARE',
  TargetCompID: 'CARBONX',
  BeginString: 'FIX.4.4'
}

class Broker extends AsciiSession {
  constructor (config) {
    super(config)
    this.log = []
    this.waiting = null
    this.whenStopped = null
  }

  onReady () {
    const parts = { first: () => this.first(), second: () => this.second() }
    parts[part]().then(() => process.exit(0), fail)
  }

  onApplicationMsg (type, view) {
    const message = { type, ...view.toObject() }
    this.log.push(message)
    if (this.waiting) this.waiting()
  }

  onLogon () { return true }
  onDecoded (type, text) { if (process.env.VERBOSE) console.log('<', text) }
  onEncoded (type, text) { if (process.env.VERBOSE) console.log('>', text) }
  onStopped (error) {
    if (error || !this.whenStopped) fail(error || new Error('the session ended'))
    this.whenStopped()
  }

  // The first message, from now or before, that the test accepts; each is taken once.
  async take (what, test) {
    for (;;) {
      const at = this.log.findIndex(test)
      if (at >= 0) {
        console.log('ok: ' + what)
        return this.log.splice(at, 1)[0]
      }
      await new Promise(resolve => { this.waiting = resolve })
    }
  }

  report (what, kind, test = () => true) {
    return this.take(what, m => m.type === '8' && m.ExecType === kind && test(m))
  }

  order (kind, fields) {
    this.send(kind, {
      Instrument: { Symbol: symbol },
      Side: '1',
      TransactTime: new Date(),
      ...fields
    })
  }

  // Lists instruments, buys, is partly filled, replaces; then the process ends.
  async first () {
    this.send('x', { SecurityReqID: 'list', SecurityListRequestType: 4 })
    let listed = []
    for (let last = false; !last;) {
      const list = await this.take('a part of the list', m => m.type === 'y')
      listed = listed.concat(list.SecListGrp.NoRelatedSym.map(row => row.Instrument.Symbol))
      last = list.LastFragment !== false
    }
    expect(listed.length >= 80, 'at least 80 counters are listed: ' + listed.length)
    expect(listed.includes(symbol), symbol + ' is listed')

    this.order('D', {
      ClOrdID: run + 'first', Account: 'SPARE', OrderQtyData: { OrderQty: 100 },
      OrdType: '2', Price: Number(price), TimeInForce: '1'
    })
    await this.report('accepted', '0', m => m.ClOrdID === run + 'first')
    const fill = await this.report('filled in part', 'F')
    expect(fill.LastQty === 40 && fill.LeavesQty === 60 && fill.OrdStatus === '1', '40 of 100 bought')

    this.order('G', {
      OrigClOrdID: run + 'first', ClOrdID: run + 'second', OrderQtyData: { OrderQty: 80 },
      OrdType: '2', Price: Number(lowerPrice), TimeInForce: '1'
    })
    const replaced = await this.report('replaced', '5')
    expect(replaced.ClOrdID === run + 'second' && replaced.OrigClOrdID === run + 'first', 'under the new id')
    expect(replaced.OrderQty === 80 || replaced.OrderQtyData.OrderQty === 80, '80 in all')
    expect(replaced.LeavesQty === 40, '40 open')
    await this.storeWritten()
  }

  // Its store writes its numbers behind, several writes at once, and a process that ends before them leaves an
  // empty file: then it would begin at 1. They are written again, and waited for, until the file has them.
  async storeWritten () {
    const numbers = () => fs.readFileSync(path.join(store, fs.readdirSync(store).find(f => f.endsWith('.seqnums'))), 'utf8')
    const known = this.sessionStore.senderSeqNum
    for (let same = 0; same < 5;) {
      await this.sessionStore.setSenderSeqNum(known)
      await new Promise(resolve => setTimeout(resolve, 50))
      same = numbers().split(':').map(Number)[0] === known ? same + 1 : 0
    }
    console.log('ok: its numbers are stored, next is ' + known)
  }

  // Back again: what happened meanwhile comes by resend, and the order can be cancelled.
  async second () {
    // What it had heard before its crash may come again, where its store was behind.
    const fill = await this.report('the fill that came while it was gone', 'F', m => m.LastQty === 10)
    expect(fill.LeavesQty === 30, '10 more bought, 30 open')
    this.order('F', { OrigClOrdID: run + 'second', ClOrdID: run + 'third' })
    const cancelled = await this.report('cancelled', '4')
    expect(cancelled.CumQty === 50 && cancelled.LeavesQty === 0, '50 bought in all, none open')
    const stopped = new Promise(resolve => { this.whenStopped = resolve })
    this.done()
    await stopped
    console.log('ok: logged out')
  }
}

class Launcher extends SessionLauncher {
  constructor () { super(description, null, new EmptyLogFactory()) }
  makeFactory () { return { makeSession: config => new Broker(config) } }
}

function expect (condition, what) {
  if (!condition) throw new Error('expected: ' + what)
  console.log('ok: ' + what)
}

function fail (error) {
  console.error(error)
  process.exit(1)
}

setTimeout(() => fail(new Error('no answer in time')), 30000).unref()
new Launcher().run().catch(fail)
