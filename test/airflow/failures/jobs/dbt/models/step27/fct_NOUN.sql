select id, region_code from {{ ref('base_NOUN') }}
