/** Values of Reason__c; a test holds them against the field. */
export const REASONS = [
    'A fact is wrong',
    'The reasons do not convince',
    'The data is out of date',
    'Wrong person or firm',
    'Already spoken to',
    'Something else'
];
