import { behindPlaceholder, type Mark } from './gone.ts';

/** Secrets in command lines and calls that no name gives away; group 1 stays, and group 3 where there is one. */
const commands: readonly (readonly [hint: string, rule: string, pattern: RegExp])[] = [
  // curl -u user:password; not docker run -u 1000:1000
  ['-u', 'user_password', /((?:^|[\s'"])(?:-u|--user|--proxy-user)(?:[ =]|["'],[ ]?["']))([^\s:"']{0,100}:[^\s"']{1,500})/g],
  ['mysql', 'password', /(\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;]{0,200}?[ ]-p)([^\s"']{1,500})/g],
  ['sshpass', 'password', /(\bsshpass[ ]{1,3}-p[ ]{0,3}["']?)([^\s"']{1,500})/g],
  [
    'login',
    'password',
    /(\b(?:docker|podman|skopeo|helm|az|oc)\b[^\n|;]{0,40}?\blogin\b[^\n|;]{0,200}?[ ]-p[ ]{1,3}["']?)([^\s"']{1,500})/g,
  ],
  ['sqlcmd', 'password', /(\bsqlcmd\b[^\n|;]{0,200}?[ ]-P[ ]{0,3}["']?)([^\s"']{1,500})/g],
  ['bcp', 'password', /(\bbcp\b[^\n|;]{0,200}?[ ]-P[ ]{0,3}["']?)([^\s"']{1,500})/g],
  ['beeline', 'password', /(\bbeeline\b[^\n|;]{0,200}?[ ]-p[ ]{1,3}["']?)([^\s"']{1,500})/g],
  ['mongo', 'password', /(\bmongo(?:sh|dump|restore|export|import)?\b[^\n|;]{0,200}?[ ]-p[ ]{1,3}["']?)([^\s"']{1,500})/g],
  ['ldap', 'password', /(\bldap(?:search|modify|add|delete)\b[^\n|;]{0,200}?[ ]-w[ ]{1,3}["']?)([^\s"']{1,500})/g],
  ['lftp', 'password', /(\blftp\b[^\n|;]{0,200}?[ ]-u[ ]{1,3}["']?[^\s,"']{1,100},)([^\s"']{1,500})/g],
  // openssl's: -passin pass:x
  ['pass:', 'password', /((?:-pass(?:in|out)?|-k)[ ]{1,3}["']?pass:)([^\s"']{1,500})/g],
  ['configure set', 'secret', /(\bconfigure set \S{0,60}(?:secret_access_key|session_token)[ ]{1,3}["']?)([^\s"']{1,500})/g],
  // Oracle's: user/password@host
  ['oracle', 'url_password', /(\bjdbc:oracle:\w{1,10}:[^\s:@/"']{1,100}\/)([^\s@"']{1,500})(?=@)/g],
  ['sql', 'password', /(\b(?:sqlplus|sqlldr)\b[^\n|;]{0,60}?[ =]["']?[^\s:@/"'=.-]{1,100}\/)([^\s@"'/]{1,500})(?=@)/g],
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
