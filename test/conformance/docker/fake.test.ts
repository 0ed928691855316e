import { FakeDocker } from "../../fakes/docker/docker.ts";
import { runningClock } from "../eventually.ts";
import { dockerSuite } from "./suite.ts";

dockerSuite("the fake", async () => {
  const { clock, stop } = runningClock();
  const world = new FakeDocker(clock);
  const hosts = ["h1", "h2", "h3"].map(name => {
    world.add(name);
    return {
      name,
      address: world.address(name),
      docker: world.engine(name),
      kill: async () => world.kill(name),
      cut: async () => world.isolate(name),
      heal: async () => world.heal(),
      start: async () => world.start(name),
    };
  });
  world.add("nowhere");
  world.kill("nowhere");
  return {
    clock,
    hosts,
    serve: async ({ name }, tasks) => {
      world.place(name, tasks);
      return async () => world.place(name, 0);
    },
    setManually: async ({ name }, availability) => world.setAvailability(name, availability),
    nowhere: world.engine("nowhere"),
    close: async () => {
      await stop();
      world.close();
    },
  };
});
