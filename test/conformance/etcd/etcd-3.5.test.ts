import { testRealEtcd } from "./real-suite.ts";

testRealEtcd("3.5");
