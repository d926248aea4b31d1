/**
 * When trouble is final: the verification then says `failed` instead of looking on. All times are between time stamps
 * of the objects and the API server's own clock, so that a restarted process judges as the one before. The reasons are
 * in docs/decisions/0020-when-a-verification-fails.md.
 */

/** Back-offs of a real kubelet are 10 s, 20 s, 40 s: the third restart comes half a minute after the first end. */
export const restartsMax = 3;
/** A registry, or a config map that is applied a moment later, may mend it; a missing tag does not come by itself. */
export const pullGraceMs = 30_000;
export const configGraceMs = 30_000;
/** Another pod may go and give the quota back; a policy does not change its mind. */
export const createGraceMs = 30_000;
/** Pods that end give their room back within a minute; a cluster autoscaler may need longer, which is said. */
export const scheduleGraceMs = 60_000;
/** A container that has started again has to run this long: most crashes come within the first seconds. */
export const afterRestartMs = 30_000;
/** Without a readiness probe a container is ready when it starts, also one that ends at once. */
export const settleMsDefault = 5_000;
/** A running container that is not ready, without an event that says why. */
export const unreadyGraceMs = 30_000;
/** After the end of a pod's grace period: the kubelet has to report it, and the API server to delete it. */
export const endingGraceMs = 10_000;
