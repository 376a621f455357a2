// fastify + pg, as one would write it: a pool, prepared statements, response schemas.
// No limits, no keys, no row-level security, no freshness: only rows.
import Fastify from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })

const MARKET = [
  'market_id', 'market_address', 'creator', 'state', 'b_parameter', 'initial_liquidity',
  'shares_yes', 'shares_no', 'price_yes', 'volume', 'volume_gross', 'trade_count',
  'proposal_likes', 'proposal_dislikes', 'dispute_agree', 'dispute_disagree', 'proposed_outcome',
  'final_outcome', 'was_disputed', 'resolver', 'created_at', 'approved_at', 'activated_at',
  'resolution_proposed_at', 'dispute_initiated_at', 'finalized_at', 'cancelled_at',
  'last_trade_at', 'last_slot'
]
const TRADE = [
  'trade_id', 'market_id', 'market_address', 'wallet', 'buyer', 'seller', 'side', 'outcome',
  'shares', 'amount', 'gross', 'fee', 'price_yes', 'traded_at', 'slot', 'tx_index', 'signature'
]
const POSITION = [
  'market_id', 'market_address', 'wallet', 'shares_yes', 'shares_no', 'invested', 'proceeds',
  'claimed', 'trade_count', 'first_trade_at', 'last_trade_at'
]

const queries = {
  markets: `select ${MARKET} from marts.markets where market_id is not null
            order by created_at desc, market_address desc limit $1`,
  market: `select ${MARKET} from marts.markets where market_id = $1`,
  trades: `select ${TRADE.map((name) => 't.' + name)} from marts.trades t
           join marts.markets m using (market_address) where m.market_id = $1
           order by t.traded_at desc, t.chain_order desc limit $2`,
  positions: `select ${POSITION} from marts.positions where wallet = $1
              order by market_address limit $2`
}

const fields = (names) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string', nullable: true }]))
})
const list = (names) => ({
  schema: { response: { 200: {
    type: 'object', properties: { data: { type: 'array', items: fields(names) } }
  } } }
})
const one = (names) => ({
  schema: { response: { 200: { type: 'object', properties: { data: fields(names) } } } }
})

const read = async (name, values) =>
  (await pool.query({ name, text: queries[name], values })).rows

const app = Fastify()
app.get('/markets', list(MARKET), async (request) => ({
  data: await read('markets', [Number(request.query.limit ?? 50)])
}))
app.get('/markets/:id', one(MARKET), async (request, reply) => {
  const [data] = await read('market', [request.params.id])
  return data ? { data } : reply.code(404).send({ error: 'not found' })
})
app.get('/trades/:id', list(TRADE), async (request) => ({
  data: await read('trades', [request.params.id, Number(request.query.limit ?? 50)])
}))
app.get('/positions/:wallet', list(POSITION), async (request) => ({
  data: await read('positions', [request.params.wallet, 100])
}))
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
