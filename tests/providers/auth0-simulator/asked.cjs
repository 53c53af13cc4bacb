// The audience of the token that is being made, for rules, which the simulator does not tell.
const { AsyncLocalStorage } = require("node:async_hooks");

exports.audience = new AsyncLocalStorage();
