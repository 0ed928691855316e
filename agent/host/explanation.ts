// The explanation of a node that waits, fails or is rejected: a reason for programs and a sentence for the operator.

/** One CamelCase word each. Programs and tests decide by it, never by the sentence. */
export type StatusReason =
  // etcd on this node
  | "PeersNotFound"
  | "EtcdNotStarted"
  | "EtcdUnreachable"
  | "EtcdNotInstalled"
  | "EtcdTooOld"
  | "EtcdUnusable"
  | "EtcdCrashLoop"
  | "EtcdAddressChanged"
  | "EtcdClustersDiffer"
  | "EtcdDataLost"
  | "EtcdDataUnknown"
  | "EtcdDataOfOtherCluster"
  // etcd, as assigned
  | "EtcdEndpointsMissing"
  | "EtcdMemberDiffers"
  | "EtcdMemberNotListed"
  | "EtcdMemberStarting"
  | "EtcdRemovalNotAssigned"
  | "EtcdRemovalUnconfirmed"
  | "EtcdStartUnconfirmed"
  // the swarm
  | "BootstrapLocked"
  | "DockerFailed"
  | "DockerTooOld"
  | "DockerUnreachable"
  | "EtcdUnhealthy"
  | "MayNotMakeSwarm"
  | "NoSwarm"
  | "SwarmDiffers"
  | "SwarmError"
  | "SwarmInProgress"
  | "SwarmJoining"
  | "SwarmLeaderless"
  | "SwarmLocked"
  | "SwarmRecordDeleted"
  | "SwarmStepFailed"
  | "SwarmUnknown"
  | "WorkerTokenRejected"
  // the assignment and its units
  | "AssignmentInvalid"
  | "AssignmentNotSaved"
  | "AssignmentNotWatched"
  | "StepFailed"
  | "UnitNotStarted"
  | "UnitNotStopped"
  | "UnitTextInvalid"
  | "UnitTextNotCached"
  | "UnitTextNotFound"
  | "UnitTextUnreadable"
  | "UnitUnknown"
  // the others
  | "BlockedManagersInvalid"
  | "BlockingFailed"
  | "NoAddress"
  | "NotRegistered"
  | "VaultNotAnnounced";

export interface Explanation {
  readonly reason: StatusReason;
  /** What the reason is about where one word is not enough, such as a unit. */
  readonly subject?: string;
  /** The sentence. */
  readonly text: string;
}
