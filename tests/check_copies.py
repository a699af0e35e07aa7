"""A drop copy session as it was recorded: numbers without a gap, as in any session; and of every report that a session
of its firm was told a copy, ExecID by ExecID, with the same content, in the order of the events, and nothing else."""

from check_session import Session, content, event_of
from fix_broker import SESSION_TYPES

OF_A_COPY = {56, 115, 797}       # what is not the report's: to whom, of whom, that it is a copy
OF_ITS_MOMENT = OF_A_COPY | {17, 60}  # what differs when the gateway itself answers once more


def without(tags, fields):
    return tuple(field for field in fields if field[0] not in tags)


class Copies(Session):
    def __init__(self, name, say, ledger, sources):
        super().__init__(name, say, ledger)
        self.sources = sources                       # names of the firm's sessions
        self.copied = {name: {} for name in sources}  # contents by ExecID

    def take_in_order(self, message):
        kind = message[35]
        if kind == "8":
            self.take_report(message)
        elif kind not in SESSION_TYPES:
            self.say("was told what is no report", message)

    def apply(self, message):
        if message.get(797) != "Y":
            self.say("not marked as a copy", message)
        source = message.get(115)
        if source not in self.copied:
            return self.say("a copy of a session that is not its firm's", message)
        self.copied[source][message[17]] = without(OF_A_COPY, content(message))

    def finish(self):
        self.check_numbers()

    def compare(self, sessions):
        """With what the firm's sessions were told themselves."""
        for name, copied in self.copied.items():
            told = {exec_id: without(OF_A_COPY, fields)
                    for exec_id, fields in sessions[name].reports.items()}
            for exec_id in told.keys() - copied.keys():
                self.say("has no copy of %s of %s" % (exec_id, name))
            for exec_id in copied.keys() & told.keys():
                if copied[exec_id] != told[exec_id]:
                    self.say("%s of %s is %s there, and %s here" % (
                        exec_id, name, told[exec_id], copied[exec_id]))
            self.check_more(name, copied, told)

    def check_more(self, name, copied, told):
        """A gateway that was killed while it answered by itself has stored the copy first, answers once more, and
        copies that, too."""
        answers = {without(OF_ITS_MOMENT, fields) for exec_id, fields in told.items() if event_of(exec_id) is None}
        for exec_id in copied.keys() - told.keys():
            if event_of(exec_id) is not None or without(OF_ITS_MOMENT, copied[exec_id]) not in answers:
                self.say("has a copy of %s, which %s was never told: %s" % (exec_id, name, copied[exec_id]))
