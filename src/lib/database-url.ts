const others = new Map([
  ['mysql', 'MySQL'],
  ['mariadb', 'MariaDB'],
  ['sqlite', 'SQLite'],
  ['mssql', 'SQL Server'],
  ['oracle', 'Oracle'],
]);

/** A database URL as the driver takes it, or why it cannot be used; `message` holds no part of the URL. */
export function parseDatabaseUrl(text: string): { ok: true; url: string } | { ok: false; message: string } {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(trimmed)?.[1]?.toLowerCase() ?? '';
  const [dialect = ''] = scheme.split('+');
  const other = others.get(dialect);
  if (other !== undefined) return { ok: false, message: `is a ${other} URL; Windsock works with PostgreSQL only` };
  if (dialect !== 'postgres' && dialect !== 'postgresql') {
    return { ok: false, message: 'is no PostgreSQL URL; it must begin with postgresql:// (docs/CONFIGURATION.md shows one)' };
  }
  const url = `postgresql:${trimmed.slice(scheme.length + 1)}`;
  // An @ after the host means that a password was cut at its /, ? or #: the rest of it would be taken for the host.
  const [, , , ...behindHost] = url.split(/[/?#]/);
  if (!URL.canParse(url) || behindHost.some((part) => part.includes('@'))) {
    const message = 'cannot be parsed; percent-encode special characters in user and password (@ is %40, / is %2F, ? is %3F)';
    return { ok: false, message };
  }
  return { ok: true, url };
}
