select id, code from {{ ref('base_NOUN') }}
