// Paths on a node, in a module of their own because some programs need them before they load anything else.

/** The configuration file of the agent, which the user-data writes. Its schema is AgentConfig. */
export const AGENT_CONFIG_PATH = "/etc/swarmkeeper/agent.yml";
