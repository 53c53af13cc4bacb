// What the interface says about each kind of error, and the way on it offers. It acts on codes, never on messages.
import type { ErrorCode, KeywardError, Parked, SecretView, Tenant } from "./backend";

/** What a person can do about an error. */
export type Way =
  | "retry"
  | "sign_in"
  | "browser"
  | "other_tenant"
  | "look_again"
  | "copy_link"
  | "unlock"
  | "this_session"
  | "other_port"
  | "mend"
  | "back";

export type Words = { title: string; way: Way; button: string };

const words: Record<ErrorCode, Words> = {
  config_invalid: { title: "The configuration has a mistake", way: "mend", button: "Try again" },
  port_in_use: { title: "The port is taken", way: "other_port", button: "Use another port" },
  storage_full: { title: "Nothing could be written", way: "retry", button: "Try again" },
  storage_corrupt: { title: "A database file is damaged", way: "mend", button: "Try again" },
  storage_unavailable: { title: "The database does not answer", way: "retry", button: "Try again" },
  provider_unreachable: { title: "The provider does not answer", way: "retry", button: "Try again" },
  discovery_invalid: { title: "The provider’s description is wrong", way: "mend", button: "Try again" },
  provider_refused: { title: "The provider refused", way: "retry", button: "Try again" },
  clock_skew: { title: "This computer’s clock is off", way: "mend", button: "Try again" },
  id_token_invalid: { title: "The sign-in could not be proven", way: "sign_in", button: "Sign in again" },
  sign_in_cancelled: { title: "Sign-in cancelled", way: "sign_in", button: "Sign in" },
  sign_in_timed_out: { title: "Nobody finished the sign-in", way: "sign_in", button: "Sign in again" },
  sign_in_denied: { title: "The provider said no", way: "sign_in", button: "Sign in again" },
  browser_failed: { title: "The browser did not open", way: "copy_link", button: "Copy the link" },
  interaction_required: {
    title: "The provider wants you in the browser",
    way: "browser",
    button: "Continue in the browser",
  },
  session_ended: { title: "Your session has ended", way: "sign_in", button: "Sign in again" },
  signed_out: { title: "You are signed out", way: "sign_in", button: "Sign in" },
  tenant_unknown: { title: "There is no such tenant", way: "other_tenant", button: "Choose another" },
  tenant_forbidden: { title: "You are not in this tenant", way: "other_tenant", button: "Choose another" },
  wrong_tenant_token: { title: "Another tenant’s token came back", way: "retry", button: "Try again" },
  tenant_moved: { title: "You have moved to another tenant", way: "retry", button: "Load again" },
  keychain_locked: { title: "Your keychain is locked", way: "unlock", button: "Unlock keychain" },
  keychain_unavailable: {
    title: "Your keychain does not answer",
    way: "this_session",
    button: "Go on for this session only",
  },
  directory_unreachable: { title: "The directory does not answer", way: "retry", button: "Try again" },
  unauthenticated: {
    title: "The directory did not accept the token",
    way: "sign_in",
    button: "Sign in again",
  },
  forbidden: { title: "Your roles do not allow this", way: "back", button: "Back" },
  not_found: { title: "It is not there any more", way: "look_again", button: "Look again" },
  invalid_request: { title: "The directory did not understand", way: "back", button: "Back" },
  too_large: { title: "That is too much at once", way: "back", button: "Back" },
  too_many_requests: { title: "That was too fast", way: "retry", button: "Try again" },
  plan_stale: { title: "Somebody changed this first", way: "look_again", button: "Look again" },
  plan_expired: { title: "This plan is too old to apply", way: "look_again", button: "Look again" },
  last_admin: { title: "A tenant keeps its last admin", way: "back", button: "Back" },
  internal: { title: "Something went wrong in Keyward", way: "retry", button: "Try again" },
};

/** Title, way on and button of a kind of error. */
export function wordsFor(code: ErrorCode): Words {
  return words[code];
}

/** Every kind of error there are words for. */
export const codes = Object.keys(words) as ErrorCode[];

export type SwitchWords = {
  title: string;
  body: string;
  /** For whoever is asked for help: what exactly came. */
  came?: string;
  stays: string;
  button: string | null;
  way: Way;
};

/** What to say when a switch failed: the tenant asked for, and the one that stays. */
export function switchWords(error: KeywardError, asked: string, present: Tenant): SwitchWords {
  const stays = `You are still in ${present.name}.`;
  const general = { stays, way: wordsFor(error.code).way, button: wordsFor(error.code).button };
  switch (error.code) {
    case "tenant_forbidden":
      return {
        ...general,
        title: `You are not in ${asked}`,
        body: `Ask somebody who administers ${asked} to add you, then try again.`,
      };
    case "tenant_unknown":
      return {
        ...general,
        title: `There is no tenant “${asked}”`,
        body: "Look at the spelling of its short name: letters, digits and hyphens. Nothing else was opened in its place.",
      };
    case "wrong_tenant_token":
      return { ...general, title: `${asked} could not be proven`, ...inTwo(error.message) };
    case "interaction_required":
      return { ...general, title: `${asked} wants you in the browser`, body: error.message };
    case "provider_unreachable":
      return { ...general, title: "The provider does not answer", body: error.message };
    case "session_ended":
    case "signed_out":
      return {
        ...general,
        way: "sign_in",
        title: "Your session has ended",
        body: `Sign in once more and ${asked} opens.`,
        stays: `${present.name} stays on the screen until then.`,
      };
    default:
      return { ...general, title: `${asked} did not open`, body: error.message };
  }
}

/** A message for the person, and after a line feed what is for whoever they ask for help. */
function inTwo(message: string): { body: string; came?: string } {
  const [body = "", came] = message.split("\n", 2);
  return came ? { body, came } : { body };
}

/** What to say about a tenant that waits for the person. */
export function parkedWords({ tenant_name, problem }: Parked): { title: string; button: string } {
  switch (problem.code) {
    case "provider_refused":
      return { title: `The provider refuses ${tenant_name}`, button: "Sign in again" };
    case "session_ended":
      return { title: `${tenant_name} asks you to sign in again`, button: wordsFor(problem.code).button };
    default:
      return { title: `${tenant_name} wants you in the browser`, button: wordsFor(problem.code).button };
  }
}

/** The keychain's four answers about a secret, which stay four. */
export const secretWords: Record<SecretView["state"], string> = {
  found: "There",
  no_entry: "No such entry",
  locked: "Locked",
  unavailable: "No answer",
};
