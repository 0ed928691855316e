// How many hosts are managers, in swarm and in etcd. Only odd numbers: an even one more costs a vote for each
// decision and tolerates no more failures (Raft: a group of n keeps deciding while n/2 + 1 of it live).
import type { Field } from "./field.ts";
import { scalarField } from "./field.ts";
import { wholeNumber } from "./scalars.ts";

const MANAGER_COUNTS: readonly number[] = [1, 3, 5, 7];

const ANY = "use 1, 3, 5 or 7";

export const managers: Field<number> = scalarField({
  description: "How many hosts are managers, in swarm and in etcd alike",
  default: 3,
  expected: ANY,
  schema: { enum: MANAGER_COUNTS },
  read: text => {
    const number = wholeNumber(text, ANY);
    if (!("value" in number)) return number;
    const count = number.value;
    if (MANAGER_COUNTS.includes(count)) return { value: count };
    if (count < 1) return { message: "a cluster needs at least 1 manager", expected: ANY };
    if (count > 7) return { message: "more than 7 slow every write", expected: "use 7 at most" };
    return {
      message: `${count} managers tolerate no more failures than ${count - 1}`,
      expected: `use ${count - 1} or ${count + 1}`,
    };
  },
});
