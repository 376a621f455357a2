// `ws` as it is used: one Buffer a message, sent to each. PREFRAMED=1: framed once and written to
// the sockets below, its fastest way. Neither has seq, limits or slow-consumer handling.
import { WebSocketServer, Sender } from 'ws'
import { follow } from './stream.js'

const server = new WebSocketServer({
  port: Number(process.env.PORT), host: '127.0.0.1', perMessageDeflate: false, backlog: 4096
})
const followers = new Map()

server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const { market_id: market } = JSON.parse(data)
    if (!followers.has(market)) followers.set(market, new Set())
    followers.get(market).add(socket)
    socket.on('close', () => followers.get(market).delete(socket))
    socket.send(JSON.stringify({ type: 'subscribed', market_id: market }))
  })
})

const each = (found, body) => {
  for (const socket of found) socket.send(body, { binary: false })
}
const framed = (found, body) => {
  const frame = Buffer.concat(Sender.frame(body, { fin: true, opcode: 1 }))
  for (const socket of found) socket._socket.write(frame)
}
const hand = process.env.PREFRAMED ? framed : each

await follow((market, body) => {
  const found = followers.get(market)
  if (found) hand(found, Buffer.from(body))
})
