/** What a page loads that shows an explanation from a stored basis. */
import '@cdam/web/define';
