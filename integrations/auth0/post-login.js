/**
 * Auth0 Action, trigger post-login: asks the role directory what the person holds in the tenant that this token is
 * for, and puts it into the access token. Auth0 runs it at sign-ins and at every exchange of a refresh token.
 *
 * Secrets of the Action:
 *   DIRECTORY_URL      where this Action asks, such as https://roles.northwind.example/v1/hooks/auth0
 *   DIRECTORY_SECRET   the caller's secret
 *   AUDIENCE_PREFIX    optional: tokens for an API whose identifier begins otherwise are left alone
 *
 * Where the directory does not say yes, whatever the reason, no token is issued.
 */

/** Milliseconds to wait for the directory. All Actions of a sign-in have 20 s together. */
const PATIENCE = 3000;

/** The parameter of a sign-in or refresh that names a tenant, where the API's identifier does not. */
const TENANT_PARAMETER = 'tenant';

const AWAY = 'The role directory cannot be asked now. Try again in a moment.';

exports.onExecutePostLogin = async (event, api) => {
  const { DIRECTORY_URL, DIRECTORY_SECRET, AUDIENCE_PREFIX } = event.secrets;
  const question = asked(event);
  const named = [question.audience, question.organization, question.tenant].some(Boolean);
  if (!named || (AUDIENCE_PREFIX && !question.audience?.startsWith(AUDIENCE_PREFIX))) {
    return;
  }
  if (!DIRECTORY_URL || !DIRECTORY_SECRET) {
    api.access.deny('This sign-in is not set up: its Action lacks DIRECTORY_URL or DIRECTORY_SECRET.');
    return;
  }
  let answer;
  try {
    answer = await ask(DIRECTORY_URL, DIRECTORY_SECRET, question);
  } catch (error) {
    // Neither the address nor the secret: the log is read by more people than they are for.
    console.log(`The role directory was not reached: ${error.name}`);
    api.access.deny(AWAY);
    return;
  }
  if (!answer.claims) {
    api.access.deny(answer.message ?? AWAY);
    return;
  }
  for (const [name, value] of Object.entries(answer.claims)) {
    api.accessToken.setCustomClaim(name, value);
  }
};

/** What the directory needs of the event. */
function asked(event) {
  const { body, query } = event.request;
  return {
    subject: event.user.user_id,
    client: event.client.client_id,
    audience: event.resource_server?.identifier,
    organization: event.organization?.id,
    tenant: body?.[TENANT_PARAMETER] ?? query?.[TENANT_PARAMETER],
    email: event.user.email,
    email_verified: event.user.email_verified,
  };
}

/** The directory's claims, or its words for a refusal. */
async function ask(url, secret, question) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(question),
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE),
  });
  const answer = await response.json();
  if (response.ok) {
    return { claims: answer.claims };
  }
  // 401 is between the directory and whoever set this Action up; the person cannot do anything about it.
  return { message: response.status === 403 ? answer.message : undefined };
}
