/*
 * The fields of a lead that the card reads, each by the name that the card uses. They are
 * imported, so that Salesforce refuses to delete or rename a field that the card needs.
 */
import SCORE from '@salesforce/schema/Lead.Lead_Score__c';
import PERCENTILE from '@salesforce/schema/Lead.Lead_Score_Percentile__c';
import TIER from '@salesforce/schema/Lead.Lead_Tier__c';
import RANK from '@salesforce/schema/Lead.Lead_Rank__c';
import DRIVER_1 from '@salesforce/schema/Lead.Score_Driver_1__c';
import DRIVER_2 from '@salesforce/schema/Lead.Score_Driver_2__c';
import DRIVER_3 from '@salesforce/schema/Lead.Score_Driver_3__c';
import DRIVER_4 from '@salesforce/schema/Lead.Score_Driver_4__c';
import DRIVER_5 from '@salesforce/schema/Lead.Score_Driver_5__c';
import CAUTION from '@salesforce/schema/Lead.Score_Caution__c';
import NARRATIVE from '@salesforce/schema/Lead.Score_Narrative__c';
import CHANGE from '@salesforce/schema/Lead.Score_Change__c';
import TREND from '@salesforce/schema/Lead.Score_Trend__c';
import MODEL from '@salesforce/schema/Lead.Score_Model_Version__c';
import SCORED_AT from '@salesforce/schema/Lead.Scored_At__c';
import AS_OF from '@salesforce/schema/Lead.Score_As_Of__c';
import DATA_DATE from '@salesforce/schema/Lead.Score_Data_Date__c';
import STATUS from '@salesforce/schema/Lead.Score_Status__c';
import KEY from '@salesforce/schema/Lead.Score_Key__c';
import PEER_RATE from '@salesforce/schema/Lead.Score_Peer_Rate__c';
import FIRM_ASSETS from '@salesforce/schema/Lead.Score_Firm_Assets_M__c';
import YEARS_AT_FIRM from '@salesforce/schema/Lead.Score_Years_At_Firm__c';
import PRIOR_FIRMS from '@salesforce/schema/Lead.Score_Prior_Firms__c';
import FIRM_EMPLOYEES from '@salesforce/schema/Lead.Score_Firm_Employees__c';
import FIRM_CLIENTS from '@salesforce/schema/Lead.Score_Firm_Clients__c';
import HNW_CLIENTS from '@salesforce/schema/Lead.Score_HNW_Clients__c';
import GROWTH_1Y from '@salesforce/schema/Lead.Score_Growth_1Y_Pct__c';
import GROWTH_5Y from '@salesforce/schema/Lead.Score_Growth_5Y_Pct__c';
import RIA_ASSOCIATIONS from '@salesforce/schema/Lead.Score_RIA_Associations__c';
import YEARS_AS_REP from '@salesforce/schema/Lead.Score_Years_As_Rep__c';
import BRANCH_ADVISORS from '@salesforce/schema/Lead.Score_Branch_Advisors__c';
import USUAL_STAY from '@salesforce/schema/Lead.Score_Usual_Stay__c';

import { count, growth, money, years } from 'c/leadScoreFormat';

/** What a score is made of. */
export const SCORE_FIELDS = {
    score: SCORE,
    percentile: PERCENTILE,
    tier: TIER,
    rank: RANK,
    driver1: DRIVER_1,
    driver2: DRIVER_2,
    driver3: DRIVER_3,
    driver4: DRIVER_4,
    driver5: DRIVER_5,
    caution: CAUTION,
    narrative: NARRATIVE,
    change: CHANGE,
    trend: TREND,
    model: MODEL,
    scoredAt: SCORED_AT,
    asOf: AS_OF,
    dataDate: DATA_DATE,
    status: STATUS,
    key: KEY,
    peerRate: PEER_RATE
};

/** Facts that are shown beside it: field, what people read, and how its value is written. */
export const FACTS = [
    { field: YEARS_AT_FIRM, label: 'Years at the firm', words: years },
    { field: YEARS_AS_REP, label: 'Years in the business', words: years },
    { field: PRIOR_FIRMS, label: 'Earlier firms', words: count },
    { field: USUAL_STAY, label: 'Usual stay at a firm', words: years },
    { field: RIA_ASSOCIATIONS, label: 'RIA registrations', words: count },
    { field: BRANCH_ADVISORS, label: 'Advisors in the branch', words: count },
    { field: FIRM_ASSETS, label: "Firm's assets", words: money },
    { field: GROWTH_1Y, label: "Firm's growth, 1 year", words: growth },
    { field: GROWTH_5Y, label: "Firm's growth, 5 years", words: growth },
    { field: FIRM_EMPLOYEES, label: "Firm's employees", words: count },
    { field: FIRM_CLIENTS, label: "Firm's advisory clients", words: count },
    { field: HNW_CLIENTS, label: "Firm's wealthy clients", words: count }
];

/** All of them, as the record service takes them. */
export const ALL_FIELDS = [...Object.values(SCORE_FIELDS), ...FACTS.map((fact) => fact.field)];
