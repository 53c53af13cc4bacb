// What an Auth0 Action adds to a token: the client, as Auth0 does by itself, and the person's roles. (A rule here is
// not told the audience, so they are the same in every tenant.) And when the token ends, which the simulator makes in
// a thousand hours.
function addRoles(user, context, callback) {
  context.accessToken.azp = context.clientID;
  context.accessToken["https://northwind.example/roles"] = user.user_id === "auth0|ada" ? ["owner"] : ["viewer"];
  context.accessToken.exp = Math.floor(Date.now() / 1000) + Number(process.env.ACCESS_TOKEN_SECONDS);
  callback(null, user, context);
}
