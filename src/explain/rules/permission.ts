import type { Rule } from './rule.ts';

/** Who the task says it is was not believed, or may not do what it wants. */
export const permissionRules: readonly Rule[] = [
  {
    name: 'database_login_failed',
    category: 'permission_error',
    subcategory: 'auth_failed',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /\b(?:password|ident|peer|md5|GSSAPI|LDAP|scram)[\w-]{0,10} authentication failed for user "(?<user>[\w.@$-]{1,100})"/i,
        /\bAccess denied for user '(?<user>[\w.@$-]{1,100})'@'[^'\n]{1,100}' \(using password/,
        /\bORA-0(?:1017|28000|1005)\b|\bLogin failed for user '(?<user>[\w.@\\$-]{1,100})'/,
        /\bIncorrect username or password was specified\b|\bFailed to connect to DB\b[^\n]{0,120}\b(?:Incorrect|locked|JWT token is invalid)\b/,
        /\bpsycopg2?\.errors\.Invalid(?:Password|AuthorizationSpecification)\b|\brole "(?<user>[\w.@$-]{1,100})" does not exist\b/,
        /\bno pg_hba\.conf entry\b|\bAuthentication failed\.[^\n]{0,80}\bcode['": ]{1,4}18\b|\bWRONGPASS\b|\bNOAUTH\b/,
        /\bpassword authentication failed\b|\bAUTHENTICATION_FAILED\b/i,
      ],
      unless: /\b(?:SSL off|no encryption)\b/,
    },
    cause: 'The database refused the user or the password of the task[: user {user}].',
    nextSteps: [
      'Check the login and the password of the connection: was the password changed?',
      'Log in with them by hand from the worker.',
    ],
  },
  {
    name: 'cloud_credentials_refused',
    category: 'permission_error',
    subcategory: 'auth_failed',
    transient: 'no',
    weight: 0.94,
    when: {
      text: [
        /\bexceptions\.Unauthorized\b|\binvalid role or secret ID\b|\bInvalidCredentials?(?:Error)?\b/,
        /\bInvalidAccessKeyId\b|\bSignatureDoesNotMatch\b|\bInvalidClientTokenId\b|\bUnrecognizedClientException\b|\bAuthFailure\b/,
        /\bAADSTS\d{5,7}\b|\binvalid_client\b|\bunauthorized_client\b|\bClientAuthenticationError\b/,
        /\bInvalid (?:API[ _-]?key|(?:access|auth|bearer|API) token|credentials|signature|username or password|login)\b/i,
        /\bUNAUTHENTICATED\b|\bAuthenticationError\b|\bInvalidAuthenticationToken\b|\bAPI key not valid\b|\bIncorrect API key\b/,
        /\bINVALID_LOGIN\b|\bInvalid username, password, security token\b/,
      ],
      unless: /expired/i,
    },
    cause: 'The service refused the credentials of the task.',
    nextSteps: [
      'Check the key or the secret of the connection: was it rotated or deleted?',
      'Check that the clock of the worker is right, if a signature was refused.',
    ],
  },
  {
    name: 'login_refused',
    category: 'permission_error',
    subcategory: 'auth_failed',
    transient: 'no',
    weight: 0.93,
    when: {
      text: [
        /\bSMTPAuthenticationError\b|\b535[ ,][^\n]{0,60}\b[Aa]uthentication\b/,
        /\bparamiko\.[\w.]{0,40}(?:AuthenticationException|BadAuthenticationType|PasswordRequiredException)\b|\bPermission denied \(publickey/,
        /\b530[ -](?:Login incorrect|User cannot log in|Not logged in)\b|\bLogin (?:incorrect|failed)\b|\blogin authentication failed\b/i,
        /\bSaslAuthentication\w{0,20}\b|\bSASL authentication (?:error|failed)\b|\bAuthenticationFailedError\b|\bAuthenticationException\b/,
        /\bInvalid credentials\b|\bLDAPBindError\b|\bGSSError\b|\bNo Kerberos credentials available\b|\bClient not found in Kerberos database\b/,
        /\bfatal: Authentication failed for\b|\bcould not read Username\b|\bHost key verification failed\b|\bBadHostKeyException\b/,
        /\b(?:kinit|login|sign-?in): [^\n]{0,60}(?:[Pp]assword incorrect|failed)\b/,
      ],
    },
    cause: 'The server refused the login of the task.',
    nextSteps: ['Check user, password or key of the connection that the task uses.', 'Log in with them by hand from the worker.'],
  },
  {
    name: 'database_permission_denied',
    category: 'permission_error',
    subcategory: 'access_denied',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /\bpermission denied (?:for|to) (?<what>(?:table|schema|relation|view|database|sequence|function|column|materialized view|foreign table|language|tablespace) [\w.$"-]{1,120})/,
        /\bmust be owner of (?<what>\w{1,20} [\w.$"-]{1,120})/,
        /\bpsycopg2?\.errors\.InsufficientPrivilege\b|\bORA-01031\b|\bInsufficient privileges to operate on (?<what>\w{1,20} '[\w.$-]{1,120}')/,
        /\b(?:\w{1,20} )?command denied to user\b|\bAccess denied for user '[^'\n]{1,100}'@'[^'\n]{1,100}' to database\b/,
        /\bThe (?<right>\w{1,20}) permission was denied\b|\bACCESS_DENIED\b/,
        /\bAccess Denied: (?<what>(?:Table|Dataset|Project|View|BigQuery) [\w.:$-]{1,120})/,
      ],
    },
    cause: 'The database user of the task may not do this[: {what}][: no {right} permission].',
    nextSteps: [
      'Ask the owner of the object to grant the user what the task needs.',
      'Check whether the object was created anew, without its grants.',
    ],
    docs: 'https://www.postgresql.org/docs/current/ddl-priv.html',
  },
  {
    name: 'cloud_access_denied',
    category: 'permission_error',
    subcategory: 'access_denied',
    transient: 'no',
    weight: 0.94,
    when: {
      text: [
        /\bexceptions\.Forbidden\b|\b1 error occurred: permission denied\b/,
        /\bis not authorized to perform:? (?<action>[\w:*]{1,80})/,
        /\bAccessDenied(?:Exception)?\b|\bUnauthorizedOperation\b|\bAuthorizationFailed\b|\bAuthorizationPermissionMismatch\b|\bAuthorizationError\b/,
        /\bdoes not have (?<action>[a-z]+(?:\.[A-Za-z]+){1,3}) (?:access|permission)|\bPermission '(?<action>[\w.]{1,80})' denied\b/,
        /\bPERMISSION_DENIED\b|\bPermissionDenied\b|\binsufficientPermissions\b|\bACCESS_TOKEN_SCOPE_INSUFFICIENT\b/,
        /\b(?<kind>\w{1,40}) is forbidden: User\b|\bcannot (?<verb>\w{1,12}) resource "(?<kind2>[\w/.]{1,40})"/,
        /\(403\) when calling the \w{1,60} operation\b|\bAccess Denied\b/,
        /\bdenied: requested access to the resource is denied\b|\bAccessControlException\b|\bINSUFFICIENT_PERMISSIONS\b|\bTOPIC_AUTHORIZATION_FAILED\b/,
        /\binsufficient (?:permissions?|privileges|scope|rights)\b|\bgoogle\.api_core\.exceptions\.Forbidden\b/i,
      ],
      unless: /\bexceeded quota\b|\b[Rr]ate limit|rateLimitExceeded|quotaExceeded|Access denied for user/,
    },
    cause: 'The service knows the account of the task and does not allow what it asks for[: {action}].',
    nextSteps: [
      'Give the role or the service account of the task the permission that the error names, no more.',
      'Check that the task runs with the account that you expect.',
    ],
  },
  {
    name: 'file_permission_denied',
    category: 'permission_error',
    subcategory: 'access_denied',
    transient: 'no',
    weight: 0.9,
    when: {
      text: [
        /\bPermissionError\b(?:: \[Errno (?:1|13)\] [\w ]{1,40}: '(?<path>[\w./+@ -]{1,160})')?/,
        /\bPermission denied: '(?<path>[\w./+@-]{1,160})'/,
        /\b(?:EACCES|EPERM)\b|: Permission denied$|\b550 Permission denied\b|\bOperation not permitted\b/m,
        /\bRead-only file system\b|\bjava\.nio\.file\.AccessDeniedException\b/,
      ],
      unless: /\bPermission denied \(publickey/,
    },
    cause: 'The process may not read or write a file[: {path}].',
    nextSteps: [
      'Check the owner and the mode of the file, and as which user the task runs (run_as_user).',
      'If a script cannot be run, make it executable or call its interpreter.',
    ],
  },
];
