/** Where is asked what to do about an error: a POST, since an error fits no URL. */
export const suggestPath = '/api/v1/suggest';
