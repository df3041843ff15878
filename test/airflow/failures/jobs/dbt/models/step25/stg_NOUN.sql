select 1 as id, 'a' as code union all select 2, null
