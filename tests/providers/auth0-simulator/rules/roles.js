// What an Auth0 Action adds to a token: the client, as Auth0 does by itself, and the person's roles. (A rule here is
// not told the audience, so they are the same in every tenant.)
function addRoles(user, context, callback) {
  context.accessToken.azp = context.clientID;
  context.accessToken["https://northwind.example/roles"] = user.user_id === "auth0|ada" ? ["owner"] : ["viewer"];
  callback(null, user, context);
}
