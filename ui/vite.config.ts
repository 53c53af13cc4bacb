/// <reference types="node" />
import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [tailwindcss(), svelte(), svelteTesting({ autoCleanup: false })],
  build: {
    // The webviews we meet: WebKitGTK 2.46, Safari 17.5, WebView2.
    target: ["safari17.5", "chrome123"],
    // The content security policy takes no font from a data: URL.
    assetsInlineLimit: 0,
  },
  server: { fs: { allow: [".", "../src-tauri/icons"] } },
  clearScreen: false,
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
  },
});
