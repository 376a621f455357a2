select kind, count(*) as number from raw.revisions group by kind order by kind
