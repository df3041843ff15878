import type { Rule } from './rule.ts';

/** Checks of the data that did what they are for. */
export const dataCheckRules: readonly Rule[] = [
  {
    name: 'dbt_test_failed',
    category: 'data_quality',
    subcategory: 'quality_check',
    transient: 'no',
    weight: 0.95,
    when: { text: [/\bFailure in (?:unit_)?test (?<test>[\w.$-]{1,160})/, /\bGot \d{1,9} results?, configured to fail if\b/] },
    cause: 'A dbt test found rows that it does not allow[: {test}].',
    nextSteps: [
      'Run the compiled SQL of the test, and look at the rows that it finds.',
      'Follow the rows to their source; change the test only if the rows are right.',
    ],
    docs: 'https://docs.getdbt.com/docs/build/data-tests',
  },
  {
    name: 'expectation_failed',
    category: 'data_quality',
    subcategory: 'quality_check',
    transient: 'no',
    weight: 0.92,
    when: {
      text: [
        /\b(?<check>expect_(?:column|table|multicolumn|compound|select)_\w{1,80})\b[^\n]{0,200}(?:\bFAILED\b|"success": false|\bfailed\b|❌)/,
        /\bValidation failed: \d{1,6} of \d{1,6} expectations?\b/i,
        /\bGreatExpectations\w{0,40}(?:Error|Exception)\b|\bCheckpoint[^\n]{0,60}\bfailed\b|\bValidation with Great Expectations failed\b/,
        /\bSodaScan|\b\d{1,6}\/\d{1,6} checks? FAILED\b|\bOops! \d{1,6} failures?\b/,
        /\bpandera\.errors\.Schema(?:Error|Errors)\b|\bSchemaErrors?: (?:expected series|non-nullable series|Column)\b/,
        /\bEXPECT(?:ATION)?_(?:VIOLATED|VIOLATION)\b|\bExpectation Violation\b|\bData quality rules? (?:evaluation )?failed\b/i,
      ],
    },
    cause: 'A check of the data failed[: {check}].',
    nextSteps: [
      'Look at the rows that the check found, and follow them to their source.',
      'Change the check only if the rows are right.',
    ],
  },
  {
    name: 'sql_check_failed',
    category: 'data_quality',
    subcategory: 'quality_check',
    transient: 'no',
    weight: 0.92,
    when: {
      text: [
        /\bTest failed\.\s{0,4}Query:/,
        /\bTest failed\.\s{1,4}Results:/,
        /\bThe query returned None\b|\bThe following tests have failed\b|\bThe following (?:columns|tests)[^\n]{0,60}failed\b/,
        /\bThe value [^\n]{1,60} is (?:outside|not within)\b|\bThreshold Check: [^\n]{1,100} failed\b/,
        /\b(?:SQL|Value|Interval|Threshold|Table|Column)(?:ValueCheck|Check| check) failed\b/i,
        /\bThe (?:metric|following \d{1,4} tests?) [^\n]{0,60}\bfailed\b/,
      ],
    },
    cause: 'A SQL check of the data failed.',
    nextSteps: [
      'Run the query of the check, and see which of its values is wrong.',
      'Look at the task that loaded the table: an empty or partial load is the usual reason.',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow-providers-common-sql/stable/operators.html',
  },
  {
    name: 'data_check_failed',
    category: 'data_quality',
    subcategory: 'quality_check',
    transient: 'no',
    weight: 0.87,
    when: {
      text: [
        /^(?:[\w.<>]{1,200}\.)?Data(?:Quality|Validation|Integrity|Contract|Check)\w{0,30}(?:Error|Exception|Failure|Failed)\b/,
        /\b(?:data )?quality check (?:has )?failed\b|\b(?:row|record) count (?:check|mismatch|differs)\b|\bsanity check failed\b/i,
        /\b(?:\d{1,12}|no|zero|too few) (?:rows|records)[^\n]{0,60}\b(?:expected|below|less than|fewer than|minimum|at least)\b/i,
        /\bexpected (?:at least |more than |about |exactly )?\d{1,12} (?:rows|records)\b/i,
        /\b(?:too many|share of) (?:null|duplicate|rejected|bad|invalid)[^\n]{0,60}\b(?:rows|records|values|above|over|exceeds)\b/i,
        /\b(?:totals?|sums?|checksums?|balances?) (?:do|does) not (?:match|agree|reconcile)\b|\b(?:checksum|control total) mismatch\b|\breconciliation failed\b/i,
        /\b(?:data|file|table|feed|partition) (?:is|are) (?:stale|too old|not fresh|empty)\b|\bduplicates? (?:rows |records |keys )?found\b|\b(?:found|has|have) \d{1,12} duplicates?\b/i,
      ],
      errorOnly: true,
    },
    cause: 'A check of the data says that they are not as they should be.',
    nextSteps: [
      'Compare the numbers in the error with earlier runs.',
      'Look at the source and at the task that loaded it: an empty, partial or doubled load.',
    ],
  },
];
