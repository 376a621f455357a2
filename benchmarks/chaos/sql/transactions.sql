select source, count(*) as number from raw.transactions group by source order by source
