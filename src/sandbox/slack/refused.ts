/** Thrown by the person API when Slack's own client would not let a person do that. */
export class PersonRefused extends Error {}
