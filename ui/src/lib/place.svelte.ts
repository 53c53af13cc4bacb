// Which view of a tenant is open, and whether the palette is. Outlives a switch: one compares tenants view by view.
import CircleUserRound from "@lucide/svelte/icons/circle-user-round";
import KeyRound from "@lucide/svelte/icons/key-round";
import History from "@lucide/svelte/icons/history";
import ShieldCheck from "@lucide/svelte/icons/shield-check";
import Users from "@lucide/svelte/icons/users";

export type Place = "me" | "people" | "roles" | "audit" | "secrets";

/** Each view, and what it shows: something of the person's, of the role directory's, or of this computer's. */
export const places = [
  { id: "me", name: "Me", key: "M", icon: CircleUserRound, of: "person" },
  { id: "people", name: "People", key: "P", icon: Users, of: "directory" },
  { id: "roles", name: "Roles", key: "R", icon: ShieldCheck, of: "directory" },
  { id: "audit", name: "Audit", key: "A", icon: History, of: "directory" },
  { id: "secrets", name: "Secrets", key: "S", icon: KeyRound, of: "computer" },
] as const satisfies { id: Place; name: string; key: string; icon: unknown; of: string }[];

/** The views that there are: without a role directory there is no people, roles and audit. */
export function placesAt({ directory }: { directory: boolean }): (typeof places)[number][] {
  return places.filter((place) => directory || place.of !== "directory");
}

class Here {
  /** The view that was chosen last. */
  place = $state<Place>("people");
  palette = $state(false);
  /** Whether the account menu is open. */
  accounts = $state(false);
  /** The tenants' number keys are shown while the modifier is held. */
  numbers = $state(false);

  /** The view that is shown: the chosen one, or Me where that is not to be had. */
  at(where: { directory: boolean }): (typeof places)[number] {
    return placesAt(where).find((place) => place.id === this.place) ?? places[0];
  }
}

export const here = new Here();
