/** Waiting for what a stand-in's world comes to: tests and stories ask it after every change instead of sleeping. */

/** What is left of a type when it is neither `false` nor missing. */
export type Truthy<Result> = Exclude<Result, false | null | undefined | 0 | ''>;

/**
 * Resolves with the first truthy result of `look`, tried now and after every change.
 *
 * @param deadlineMs how long to wait in milliseconds; then it rejects
 */
export function waitForChange<State, Result>(
  world: {
    readonly name: string;
    readonly state: State;
    readonly onChange: (listener: () => void) => () => void;
  },
  look: (state: State) => Result,
  deadlineMs: number,
): Promise<Truthy<Result>> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      stopListening();
    };
    const attempt = () => {
      try {
        const result = look(world.state);
        if (!result) return;
        end();
        // TypeScript does not narrow a type parameter by truthiness.
        resolve(result as Truthy<Result>);
      } catch (error) {
        end();
        reject(error);
      }
    };
    const timer = setTimeout(() => {
      stopListening();
      reject(
        new Error(
          `Nothing in the stand-in for ${world.name} satisfied the wait within ${deadlineMs} ms: ${look.toString()}`,
        ),
      );
    }, deadlineMs);
    const stopListening = world.onChange(attempt);
    attempt();
  });
}
