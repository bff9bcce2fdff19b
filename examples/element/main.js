/** Gives the element the address that the bundler has for the file of the basis; everything else stands in the page. */
import '@cdam/web/define';
import basisUrl from './coffee.basis.safetensors?url';

document.querySelector('cdam-map').basis = basisUrl;
