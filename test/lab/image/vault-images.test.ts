import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { VAULT_IMAGES, vaultTarball } from "./vault-images.ts";

describe("the Vault images of the lab", () => {
  const program = Buffer.from("#!/bin/true\n");
  let tarball: Buffer;
  beforeAll(async () => {
    tarball = await vaultTarball(program);
  });
  const member = (archive: Buffer, ...names: string[]) => execFileSync("tar", ["-xO", ...names], { input: archive });
  const json = (name: string) => JSON.parse(member(tarball, name).toString());

  it("differ in name and label and share one layer", () => {
    const manifest = json("manifest.json");
    expect(manifest.flatMap(({ RepoTags }: { RepoTags: string[] }) => RepoTags)).toEqual(VAULT_IMAGES);
    expect(new Set(manifest.flatMap(({ Layers }: { Layers: string[] }) => Layers)).size).toBe(1);
    const [one, two] = manifest.map(({ Config }: { Config: string }) => json(Config));
    expect(one.rootfs).toEqual(two.rootfs);
    expect(one.config.Labels).not.toEqual(two.config.Labels);
    expect(two.config).toMatchObject({ Entrypoint: ["vault"], Env: ["PATH=/bin"] });
  });

  it("hold the program in a folder of PATH", () => {
    expect(member(member(tarball, "layer.tar"), "bin/vault")).toEqual(program);
  });
});
