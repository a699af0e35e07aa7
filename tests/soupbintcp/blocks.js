// Reads message blocks (2 bytes length, then the message) with the parser of the npm package soupbintcp,
// unmodified: its frame is the same, with the message's type in the place of the packet's.
//
// usage: node blocks.js < BLOCKS
// Lines: `TYPE SIZE COUNT` for each type (its code) and size of message. Fails when the last block is not whole.
'use strict'
const Parser = require('soupbintcp/lib/Parser')

const counts = new Map()
let left = 0
const parser = new Parser((type, payload) => {
  const key = type + ' ' + (1 + payload.length)
  counts.set(key, (counts.get(key) || 0) + 1)
  left -= 3 + payload.length
})
process.stdin
  .on('data', piece => { left += piece.length; parser.parse(piece) })
  .on('end', () => {
    for (const [key, count] of counts) console.log(key, count)
    if (left !== 0) throw new Error(left + ' bytes are left')
  })
