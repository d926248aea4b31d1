/** Thrown by the person API when Slack's own client would not let a person do that. */
export class PersonRefused extends Error {}

/** What they would use is not there, or not there any more. */
export class ElementMissing extends PersonRefused {}
