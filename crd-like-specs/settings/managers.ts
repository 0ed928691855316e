// The number of managers, in swarm and in etcd. Only odd numbers: an even one needs a larger quorum and tolerates no
// more failures (a raft of n voters needs n/2 + 1 of them, rounded down).
import type { Field } from "./field.ts";
import { scalarField } from "./field.ts";
import { wholeNumber } from "./scalars.ts";

const MANAGER_COUNTS: readonly number[] = [1, 3, 5, 7];

const ANY = "use 1, 3, 5 or 7";

export const managers: Field<number> = scalarField({
  description: "How many nodes are managers, in both swarm and etcd",
  default: 3,
  expected: ANY,
  schema: { enum: MANAGER_COUNTS },
  read: text => {
    const number = wholeNumber(text, ANY);
    if (!("value" in number)) return number;
    const count = number.value;
    if (MANAGER_COUNTS.includes(count)) return { value: count };
    if (count < 1) return { message: "a cluster needs at least 1 manager", expected: ANY };
    if (count > 7) return { message: "more than 7 managers slow every write", expected: "use at most 7" };
    return {
      message: `${count} managers tolerate no more failures than ${count - 1}`,
      expected: `use ${count - 1} or ${count + 1}`,
    };
  },
});
