/**
 * Of the clusters that setup.ts found, each suite gets the one of its lane. Set before jest makes its copy of the
 * environment, so that programs which a suite starts inherit it, too.
 */
import LeakEnvironment from '../jest-leak-environment.js';

export default class LaneEnvironment extends LeakEnvironment {
  constructor(config, context) {
    for (const name of ['KUBECONFIG', 'AUDIT_LOG']) {
      const own = process.env[`LANE_${process.env.JEST_WORKER_ID}_${name}`];
      if (own !== undefined) process.env[name] = own;
    }
    super(config, context);
  }
}
