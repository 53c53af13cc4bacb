import { clearMocks } from "@tauri-apps/api/mocks";
import { cleanup } from "@testing-library/svelte";
import { afterEach } from "vitest";
import { settle } from "./world";

afterEach(async () => {
  cleanup();
  // What was mounted stops listening, while there is still a shell to tell.
  await settle();
  clearMocks();
  localStorage.clear();
  delete document.documentElement.dataset.theme;
});
