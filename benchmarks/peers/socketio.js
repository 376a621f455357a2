// socket.io over WebSocket only, a room a market: no seq, no limits, no slow-consumer handling.
import { Server } from 'socket.io'
import { createServer } from 'node:http'
import { follow } from './stream.js'

const http = createServer()
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })

io.on('connection', (socket) => {
  socket.on('subscribe', (market) => {
    socket.join(market)
    socket.emit('subscribed', market)
  })
})
http.listen(Number(process.env.PORT), '127.0.0.1', 4096)

await follow((market, body) => io.to(market).emit('message', JSON.parse(body)))
