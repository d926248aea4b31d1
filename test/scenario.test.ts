import { embeddedStores, postedAlerts, sandboxCluster } from './scenario/embedded.ts';
import { openStage } from './scenario/stage.ts';
import { tellsTheStory } from './scenario/story.ts';

tellsTheStory('embedded stores and stand-ins', async () =>
  openStage({ cluster: await sandboxCluster(), alerts: postedAlerts(), stores: await embeddedStores() }),
);
