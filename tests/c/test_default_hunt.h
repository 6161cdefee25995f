/* test_default_hunt: the search of the default hunt, for suites that need a real one. The hunt's
 * file is read by the suites of hunt_yaml and hunt_file. */
#ifndef CFHUNT_TEST_DEFAULT_HUNT_H
#define CFHUNT_TEST_DEFAULT_HUNT_H

#define DEFAULT_HUNT_SEARCH                                                                        \
    "summariesonly=false allow_old_summaries=true fillnull_value=null "                            \
    "count min(_time) as firstTime max(_time) as lastTime "                                        \
    "values(All_Traffic.src_port) as src_port "                                                    \
    "from datamodel=Network_Traffic.All_Traffic where All_Traffic.dest_port=7844 "                 \
    "by All_Traffic.action All_Traffic.app All_Traffic.dest All_Traffic.dest_ip "                  \
    "All_Traffic.dest_port All_Traffic.direction All_Traffic.dvc All_Traffic.protocol "            \
    "All_Traffic.protocol_version All_Traffic.src All_Traffic.src_ip All_Traffic.transport "       \
    "All_Traffic.user All_Traffic.vendor_product "                                                 \
    "| `drop_dm_object_name(All_Traffic)`"

#endif
