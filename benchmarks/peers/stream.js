// The streams that the fold fills, read once per process and handed on message by message.
import { createClient } from 'redis'

const STREAMS = [0, 1, 2, 3].map((shard) => `oddsline:stream:${shard}`)

export async function follow (tell) {
  const redis = createClient({ url: process.env.REDIS_URL })
  await redis.connect()
  const last = Object.fromEntries(STREAMS.map((key) => [key, '$']))
  for (const key of STREAMS) {
    const [newest] = await redis.xRevRange(key, '+', '-', { COUNT: 1 })
    last[key] = newest ? newest.id : '0-0'
  }
  for (;;) {
    const read = await redis.xRead(
      STREAMS.map((key) => ({ key, id: last[key] })), { BLOCK: 1000, COUNT: 500 }
    )
    for (const { name, messages } of read ?? []) {
      for (const { id, message } of messages) {
        last[name] = id
        tell(message.m, message.b)
      }
    }
    await new Promise(setImmediate)
  }
}
