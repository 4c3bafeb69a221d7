"""From a row to the record of an event, as the Jobcenter's file describes it. Pure: no file, no state, no Kafka."""
