import { behindPlaceholder, type Mark } from './gone.ts';

/** Secrets in command lines and calls that no name gives away; group 1 stays, and group 3 where there is one. */
const commands: readonly (readonly [hint: string, rule: string, pattern: RegExp])[] = [
  // curl -u user:password; not docker run -u 1000:1000
  ['-u', 'user_password', /((?:^|[\s'"])(?:-u|--user|--proxy-user)(?:[ =]|["'],[ ]?["']))([^\s:"']{0,100}:[^\s"']{1,500})/g],
  ['mysql', 'password', /(\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;]{0,200}?[ ]-p)([^\s"']{1,500})/g],
  ['sshpass', 'password', /(\bsshpass[ ]{1,3}-p[ ]{0,3}["']?)([^\s"']{1,500})/g],
  ['redis-cli', 'password', /(\bredis-cli\b[^\n|;]{0,200}?[ ]-a[ ]{1,3})([^\s"']{1,500})/g],
  // auth=('user', 'password'), HTTPBasicAuth('user', 'password')
  [
    'uth',
    'password',
    /((?:\bauth[ ]{0,2}=[ ]{0,2}|BasicAuth)\([ ]{0,2}[bu]?["'][^"'\r\n]{0,200}["'],[ ]{0,3}[bu]?["'])([^"'\r\n]{1,500})(?=["'])/g,
  ],
];
const onlyIds = /^\d{1,10}:\d{1,10}$/;

/** `text` without the passwords that stand in command lines. */
export function redactCommands(text: string, mark: Mark): string {
  let rest = text;
  for (const [hint, rule, pattern] of commands) {
    if (!rest.includes(hint)) continue;
    rest = rest.replace(pattern, (all: string, kept: string, secret: string) => {
      const user = rule === 'user_password' ? secret.slice(0, secret.indexOf(':') + 1) : '';
      const value = secret.slice(user.length);
      if (behindPlaceholder(value) === '' || onlyIds.test(secret) || /^\*+$/.test(value)) return all;
      return kept + user + mark(rule, value);
    });
  }
  return rest;
}
