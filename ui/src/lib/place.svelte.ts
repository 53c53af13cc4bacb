// Which view of a tenant is open, and whether the palette is. Outlives a switch: one compares tenants view by view.
import CircleUserRound from "@lucide/svelte/icons/circle-user-round";
import History from "@lucide/svelte/icons/history";
import ShieldCheck from "@lucide/svelte/icons/shield-check";
import Users from "@lucide/svelte/icons/users";

export type Place = "me" | "people" | "roles" | "audit";

export const places = [
  { id: "me", name: "Me", key: "M", icon: CircleUserRound },
  { id: "people", name: "People", key: "P", icon: Users },
  { id: "roles", name: "Roles", key: "R", icon: ShieldCheck },
  { id: "audit", name: "Audit", key: "A", icon: History },
] as const satisfies { id: Place; name: string; key: string; icon: unknown }[];

class Here {
  place = $state<Place>("people");
  palette = $state(false);
  /** The tenants' number keys are shown while the modifier is held. */
  numbers = $state(false);

  get name(): string {
    return places.find((place) => place.id === this.place)?.name ?? "";
  }
}

export const here = new Here();
