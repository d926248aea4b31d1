import { tellsTheStory } from '../scenario/story.ts';
import { realAlerts, realStores } from '../scenario/real.ts';
import { realCluster } from '../scenario/real-cluster.ts';
import { openStage } from '../scenario/stage.ts';

const namespaces = ['largeforge', 'hdc'];

tellsTheStory('the real things', async () =>
  openStage({ cluster: await realCluster({ namespaces }), alerts: realAlerts(), stores: await realStores() }),
);
