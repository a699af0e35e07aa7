// A subscriber's login on the npm package soupbintcp, unmodified: logs in and prints what it is told.
//
// usage: node client.js PORT USER PASSWORD [SESSION [SEQUENCE]]
// Lines: `accepted SESSION SEQUENCE`, `rejected CODE`, `message HEX`, `end of session`, `closed`, or
// `error ...`. Ends when the server closes, with 0 unless there was an error. It never closes first.
'use strict'
const { Client } = require('soupbintcp')

const [port, user, password, session = '', sequence = '1'] = process.argv.slice(2)
const lines = []
const say = line => lines.push(line)

const end = code => {
  client.end()
  process.stdout.write(lines.join('\n') + '\n', () => process.exit(code))
}
const client = new Client({ host: '127.0.0.1', port: Number(port) }, () => {
  client.login({
    username: user,
    password,
    requestedSession: session,
    requestedSequenceNumber: Number(sequence)
  })
})
client.on('accept', it => say(`accepted ${it.session.trim()} ${it.sequenceNumber}`))
client.on('reject', it => say(`rejected ${it.rejectReasonCode}`))
client.on('message', payload => say(`message ${payload.toString('hex')}`))
client.on('ending', () => say('end of session'))
client.on('end', () => { say('closed'); end(0) })
client.on('error', error => { say(`error ${error.message}`); end(1) })
