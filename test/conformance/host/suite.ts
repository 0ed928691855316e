// Conformance suite of the host port, for this host and for the fake.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Host, HostError } from "../../../drivers/host/port.ts";

export interface HostUnderTest {
  readonly host: Host;
  /** An existing, empty folder. */
  readonly folder: string;
  modeOf(path: string): Promise<number | undefined>;
  /** A server that echoes method, path and form as JSON, with status 418 and the header x-index: 7. */
  readonly echo: string;
  /** A URL where nothing listens. */
  readonly nowhere: string;
  close(): Promise<void>;
}

/** Registers the suite for one host. */
export function hostSuite(title: string, begin: () => Promise<HostUnderTest>): void {
  describe(`host: ${title}`, () => {
    let world: HostUnderTest;
    let host: Host;
    const path = (name: string) => `${world.folder}/${name}`;

    beforeAll(async () => {
      world = await begin();
      host = world.host;
    });
    afterAll(() => world?.close());

    it("reads a written file, and undefined for one that does not exist", async () => {
      expect(await host.read(path("none"))).toBeUndefined();
      await host.write(path("a/b/note"), "zwölf\n");
      expect(await host.read(path("a/b/note"))).toBe("zwölf\n");
      await host.write(path("a/b/note"), "");
      expect(await host.read(path("a/b/note"))).toBe("");
      expect(await host.read(path("a/b/note/under-a-file"))).toBeUndefined();
    });

    it("sets the requested mode, also on a file that had another one", async () => {
      await host.write(path("open"), "1");
      expect(await world.modeOf(path("open"))).toBe(0o644);
      await host.write(path("open"), "2", 0o600);
      expect(await world.modeOf(path("open"))).toBe(0o600);
      await host.write(path("program"), "3", 0o755);
      expect(await world.modeOf(path("program"))).toBe(0o755);
    });

    it("lists the names in a folder, and leaves no temporary file there", async () => {
      for (const name of ["c", "a", "b/inner", ".hidden"]) await host.write(path(`list/${name}`), name);
      await Promise.all(["x", "y", "z"].map(text => host.write(path("list/a"), text)));
      expect(await host.names(path("list"))).toEqual([".hidden", "a", "b", "c"]);
      expect(await host.names(path("none"))).toEqual([]);
      expect(["x", "y", "z"]).toContain(await host.read(path("list/a")));
    });

    it("never shows a partial file to a reader", async () => {
      const [long, short] = ["l".repeat(1_000_000), "s"];
      await host.write(path("changing"), short);
      const writer = async () => {
        for (let round = 0; round < 10; round++) await host.write(path("changing"), round % 2 === 0 ? long : short);
      };
      let writing = true;
      const done = writer().finally(() => {
        writing = false;
      });
      while (writing) expect([long.length, short.length]).toContain((await host.read(path("changing")))?.length);
      await done;
    });

    it("removes files and whole folders, and ignores those that do not exist", async () => {
      await host.write(path("removed/deep/file"), "1");
      await host.write(path("removed-not"), "1");
      await host.remove(path("removed"));
      await host.remove(path("removed"));
      expect(await host.read(path("removed/deep/file"))).toBeUndefined();
      expect(await host.read(path("removed-not"))).toBe("1");
      await host.remove(path("removed-not"));
      expect(await host.read(path("removed-not"))).toBeUndefined();
    });

    it("reports why a file operation fails", async () => {
      await host.write(path("solid"), "1");
      await host.write(path("folder/inner"), "1");
      await expect(host.write(path("solid/under"), "1")).rejects.toThrow(HostError);
      await expect(host.write(path("folder"), "1")).rejects.toThrow(/could not write .*folder/);
      await expect(host.read(path("folder"))).rejects.toThrow(HostError);
      await expect(host.names(path("solid"))).rejects.toThrow(HostError);
    });

    it("returns its hostname, its boot id and its addresses", async () => {
      expect(host.hostname()).not.toBe("");
      expect(await host.bootId()).toBe(await host.bootId());
      expect(await host.bootId()).not.toBe("");
      for (const { interface: name, address } of host.addresses()) {
        expect(name).not.toBe("lo");
        expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      }
    });

    it("returns its source address for a destination", async () => {
      expect(await host.sourceAddressTo("127.0.0.1")).toBe("127.0.0.1");
      const [first] = host.addresses();
      if (first !== undefined) expect(await host.sourceAddressTo(first.address)).toBe(first.address);
      await expect(host.sourceAddressTo("h1.example")).rejects.toThrow(/not an IPv4 address/);
    });

    it("returns the version of a command, and undefined for one that does not exist", async () => {
      expect(await host.versionOf("node")).toMatch(/^v\d+\.\d+/);
      expect(await host.versionOf("no-such-command-here")).toBeUndefined();
    });

    it("resolves a name to its addresses", async () => {
      expect(await host.resolve("10.1.2.3")).toEqual(["10.1.2.3"]);
      expect(await host.resolve("localhost")).toContain("127.0.0.1");
    });

    it("returns an HTTP answer of any status", async () => {
      const got = await host.http({ method: "GET", url: `${world.echo}/some/path?a=1`, timeoutMs: 5_000 });
      expect(got.status).toBe(418);
      expect(got.headers["x-index"]).toBe("7");
      expect(JSON.parse(got.body)).toEqual({ method: "GET", url: "/some/path?a=1", form: "" });
      const form = { value: "h1=http://10.0.0.1:2380" };
      const put = await host.http({ method: "PUT", url: `${world.echo}/key`, form, timeoutMs: 5_000 });
      const encoded = "value=h1%3Dhttp%3A%2F%2F10.0.0.1%3A2380";
      expect(JSON.parse(put.body)).toEqual({ method: "PUT", url: "/key", form: encoded });
    });

    it("fails an HTTP request without an answer", async () => {
      await expect(host.http({ method: "GET", url: world.nowhere, timeoutMs: 2_000 })).rejects.toThrow(HostError);
    });
  });
}
