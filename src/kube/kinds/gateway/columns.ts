/** The columns that the definitions of the Gateway API's standard channel (v1.4) give its resources. */
import type { CustomResourceColumnDefinition } from '../custom-resource-definition.ts';

const age: CustomResourceColumnDefinition = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
const hostnames: CustomResourceColumnDefinition = { name: 'Hostnames', type: 'string', jsonPath: '.spec.hostnames' };

export const gatewayColumns: Readonly<Record<string, readonly CustomResourceColumnDefinition[]>> = {
  gatewayclasses: [
    { name: 'Controller', type: 'string', jsonPath: '.spec.controllerName' },
    { name: 'Accepted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
    age,
    { name: 'Description', type: 'string', jsonPath: '.spec.description', priority: 1 },
  ],
  gateways: [
    { name: 'Class', type: 'string', jsonPath: '.spec.gatewayClassName' },
    { name: 'Address', type: 'string', jsonPath: '.status.addresses[*].value' },
    { name: 'Programmed', type: 'string', jsonPath: '.status.conditions[?(@.type=="Programmed")].status' },
    age,
  ],
  httproutes: [hostnames, age],
  grpcroutes: [hostnames, age],
  referencegrants: [age],
  backendtlspolicies: [age],
};
