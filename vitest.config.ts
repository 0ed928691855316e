import { defineConfig } from "vitest/config";

// `make test` runs everything; the projects are rooms with different needs.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "{crd-like-specs,drivers,controller,agent,generator,cli,deploy,test/lab}/**/*.test.ts",
            "test/{golden,tidy}/**/*.test.ts",
          ],
          testTimeout: 20_000,
        },
      },
    ],
  },
});
