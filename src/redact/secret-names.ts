/** Names that hold secrets, each with the rule that it counts under. What they stand in does not matter: `DB_PASSWORD`, `apiKeyId`. */
const families: Readonly<Record<string, string>> = {
  password: String.raw`passwords?|passwd|pwd|passphrase|passcode|passwort|kennwort|mot_?de_?passe|contrase[nñ]a|пароль|密码|(?<=[_.-])pass(?![a-z])|(?:db|user|ftp|smtp|ssh|root)pass(?![a-z])`,
  secret: String.raw`secret|credentials?|keyfile[_-]?dict`,
  token: String.raw`token`,
  authorization: String.raw`authorization`,
  cookie: String.raw`cookie`,
  key: String.raw`(?:api|app|application|account|private|signing|encryption|fernet|subscription|shared|master|license|storage|hmac|ssh|session)[_-]?key|(?:access|account|secret)[_.-]?key`,
};

/** The source of a pattern that fits the core of such a name. */
export const namePattern = Object.values(families).join('|');

const secretName = new RegExp(namePattern, 'i');
const rules = Object.entries(families).map(([rule, source]) => [rule, new RegExp(source, 'i')] as const);

/** Whether what goes by this name is held to be a secret. */
export const namesSecret = (name: string): boolean => secretName.test(name);

/** The rule that a name counts under. */
export const ruleOfName = (name: string): string => rules.find(([, pattern]) => pattern.test(name))?.[0] ?? 'password';

// What says something of a secret, and is none: its file, where it comes from, how long it holds.
const about =
  /[_-](?:file|path|name|url|uri|endpoint|type|arn|region|backend|manager|version|policy|expir\w*|ttl|lifetime|length|count|limit)$|secrets?[_-]?manager|tokeniz/i;
const counting = /tokens$|(?:^|_)(?:max|num|n|total|prompt|completion|input|output|cached)_?token|token_(?:budget|usage|ids?)$/i;

/** Whether a name says something about a secret and holds none: `secret_name`, `token_url`. */
export const isAboutSecret = (name: string): boolean => about.test(name);

/** Whether a name may count the tokens of a text: then a number is no secret. */
export const countsTokens = (name: string): boolean => counting.test(name);
