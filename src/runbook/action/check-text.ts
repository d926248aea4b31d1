/** Whether a literal text may stand at its place in an action, and whether a value fits its parameter. */
import type { ParameterType } from '../../domain/action.ts';
import { parseHttpUrl } from '../../domain/http-url.ts';
import { isImageReference } from '../../domain/image.ts';
import { isLabelName, isLabelSelector, isObjectName } from '../../domain/names.ts';
import { jsonProblem } from './json-places.ts';
import type { PlaceType } from './places.ts';

const replicasMax = 2 ** 31 - 1;
const textMax = 4096;
const fieldTerm = /^[A-Za-z][\w./-]*(?:==|!=|=)[^\s,=!]*$/;

const control = (text: string): boolean => Array.from(text).some((char) => char < ' ' || char === '\u007f');

/** What is wrong with the text, as the end of a sentence, or undefined. */
export function textProblem(type: PlaceType | ParameterType, text: string): string | undefined {
  switch (type) {
    case 'namespace':
    case 'container':
      return isLabelName(text) ? undefined : 'is not a name: up to 63 lower-case letters, digits and -';
    case 'pod':
    case 'node':
    case 'deployment':
    case 'statefulset':
    case 'daemonset':
    case 'job':
    case 'service':
    case 'configmap':
    case 'pvc':
      return isObjectName(text) ? undefined : 'is not an object name: lower-case letters, digits, - and .';
    case 'object':
      // Roles and their bindings may hold `:`.
      return isObjectName(text.replaceAll(':', '-'))
        ? undefined
        : 'is not an object name: lower-case letters, digits, - and .';
    case 'replicas':
      return /^(?:0|[1-9]\d{0,9})$/.test(text) && Number(text) <= replicasMax
        ? undefined
        : 'is not a number of replicas: a whole number, 0 or more';
    case 'selector':
      return isLabelSelector(text) ? undefined : 'is not a label selector such as app=web';
    case 'field-selector':
      return text.length <= 1000 && text.split(',').every((term) => fieldTerm.test(term))
        ? undefined
        : 'is not a field selector such as status.phase=Running';
    case 'image':
      return isImageReference(text) ? undefined : 'is not an image reference';
    case 'text':
      return text !== '' && text.length <= textMax && !control(text)
        ? undefined
        : `is empty, holds control characters or is longer than ${textMax} characters`;
    case 'label-value':
      return /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/.test(text) ? undefined : 'is not the value of a label';
    case 'quantity':
      return /^\d{1,18}(?:\.\d{1,9})?(?:m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.test(text)
        ? undefined
        : 'is not an amount such as 500m or 2Gi';
    case 'container-name':
      return /^[A-Za-z0-9][\w.-]{0,127}$/.test(text) ? undefined : 'is not the name of a container';
    case 'url':
      return parseHttpUrl(text) ? undefined : 'is not an http or https address';
    case 'header':
      return text.length <= textMax && /^[\t\x20-\x7e]*$/.test(text)
        ? undefined
        : 'cannot stand in a header: plain ASCII only';
    case 'json':
      return text.length <= textMax * 8 ? jsonProblem(text) : 'is too long';
    case 'argument':
    case 'body':
    case 'filter-word':
    case 'value':
      return text.length <= textMax * 8 && !text.includes('\0') ? undefined : 'is too long';
  }
}
