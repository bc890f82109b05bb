package dev.belay.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.InProcess;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class EventPrinterTest {
    private final InProcess shown = new InProcess();
    private final EventPrinter printer = new EventPrinter(shown.terminal());

    private String after(String... events) {
        for (String event : events) {
            printer.print(new JsonMapper().readTree(event.replace('\'', '"')));
        }
        return shown.out();
    }

    @Test
    void aCallIsShownWithItsCommandAndWhatCameOfIt() {
        assertThat(after(
                        "{'type':'tool_use','id':'1','tool':'Bash','input':{'command':'make test','timeout':5}}",
                        "{'type':'tool_result','id':'1','tool':'Bash','output':'2 passed\\n[stderr]\\noh\\nexit code 3',"
                                + "'is_error':true,'duration_ms':1234}"))
                .isEqualTo("""

                        > Bash  make test
                            2 passed
                            [stderr]
                            oh
                            failed, exit code 3, 1.2 s
                        """);
    }

    @Test
    void anEditIsShownAsADiff() {
        assertThat(after(
                        "{'type':'tool_use','id':'1','tool':'Edit','input':{'file_path':'a.py','old_string':'x = 1\\ny',"
                                + "'new_string':'x = 2\\ny'}}",
                        "{'type':'tool_result','id':'1','tool':'Edit','output':'Changed 1 place','duration_ms':7}"))
                .isEqualTo("""

                        > Edit  a.py
                            - x = 1
                            + x = 2
                            ok, 7 ms
                        """);
    }

    @Test
    void callsBesideEachOtherStandWithTheirOwnResults() {
        assertThat(after(
                        "{'type':'tool_use','id':'1','tool':'Read','input':{'file_path':'a'}}",
                        "{'type':'tool_use','id':'2','tool':'Glob','input':{'pattern':'*.b'}}",
                        "{'type':'tool_result','id':'1','tool':'Read','output':'1\\tx\\n2\\ty','duration_ms':1}",
                        "{'type':'tool_result','id':'2','tool':'Glob','output':'c.b','duration_ms':2}"))
                .isEqualTo("""

                        > Read  a
                            ok, 2 lines, 1 ms

                        > Glob  *.b
                            c.b
                            ok, 2 ms
                        """);
    }

    @Test
    void whatASubagentDoesIsALineEachUnderTheCallThatStartedIt() {
        assertThat(after(
                        "{'type':'tool_use','id':'1','tool':'Task','input':{'prompt':'p','description':'look around'}}",
                        "{'type':'status','message':'subagent_started','model':'m','parent_id':'1','agent':'explore'}",
                        "{'type':'tool_use','id':'2','tool':'Bash','input':{'command':'ls\\npwd'},'parent_id':'1','agent':'explore'}",
                        "{'type':'tool_result','id':'2','tool':'Bash','output':'x','is_error':false,'parent_id':'1','agent':'explore'}",
                        "{'type':'status','message':'subagent_finished','status':'success','turns':2,'duration_ms':1500,"
                                + "'parent_id':'1','agent':'explore'}",
                        "{'type':'tool_result','id':'1','tool':'Task','output':'Found.','duration_ms':1600}"))
                .isEqualTo("""

                        > Task  look around
                            explore: model m
                            explore: > Bash  ls
                            explore: success, 2 model calls, 1.5 s
                            Found.
                            ok, 1.6 s
                        """);
    }

    @Test
    void aResultThatComesOutOfOrderSaysWhoseItIs() {
        assertThat(after(
                        "{'type':'tool_use','id':'1','tool':'Read','input':{'file_path':'a'}}",
                        "{'type':'tool_use','id':'2','tool':'Read','input':{'file_path':'b'}}",
                        "{'type':'tool_result','id':'2','tool':'Read','output':'1\\tx','duration_ms':1}",
                        "{'type':'tool_result','id':'1','tool':'Read','output':'no such file','is_error':true,"
                                + "'duration_ms':1}"))
                .isEqualTo("""

                        > Read  a

                        > Read  b
                            ok, 1 line, 1 ms

                        > Read  a
                            no such file
                            failed, 1 ms
                        """);
    }

    @Test
    void longOutputKeepsItsBeginningAndItsEnd() {
        String output =
                IntStream.rangeClosed(1, 100).mapToObj(Integer::toString).collect(Collectors.joining("\\n"));

        assertThat(after(
                        "{'type':'tool_use','id':'1','tool':'Bash','input':{'command':'seq 100'}}",
                        "{'type':'tool_result','id':'1','tool':'Bash','output':'" + output + "','duration_ms':1}"))
                .contains("    4\n    ... 84 lines ...\n    89\n")
                .contains("    100\n    ok, 1 ms\n");
    }

    @Test
    void anExecutionsObjectIsShownAsItsOutput() {
        assertThat(after(
                        "{'type':'tool_use','id':'1','tool':'mcp__sandbox__execute_code','input':{'code':'print(1)'}}",
                        "{'type':'tool_result','id':'1','tool':'mcp__sandbox__execute_code','output':{'status':'error',"
                                + "'stdout':'1\\n','stderr':'bad','exit_code':1},'is_error':true,'duration_ms':9}"))
                .contains("> mcp__sandbox__execute_code  print(1)\n    1\n    bad\n    failed, exit code 1, 9 ms\n");
    }

    @Test
    void theEndSaysCostTurnsAndTime() {
        assertThat(after("{'type':'result','status':'success','cost_usd':0.0123,'cost_basis':'list','turns':4,"
                        + "'duration_ms':2345}"))
                .isEqualTo("\nDone\n4 turns, cost $0.0123, time 2.3 s\n");
    }

    @Test
    void anEndThatIsNoSuccessSaysWhy() {
        assertThat(after("{'type':'result','status':'error','cost_usd':0,'cost_basis':'unknown','turns':1,"
                        + "'duration_ms':5,'error':{'code':'no_model','message':'name a model'}}"))
                .isEqualTo("\nEnded with status error: name a model\n1 turn, cost unknown (no price is known for this"
                        + " model), time 5 ms\n");
    }

    @Test
    void proseIsShownWholeAndSignsOfLifeAreNot() {
        assertThat(after(
                        "{'type':'status','message':'starting','model':'scripted:demo'}",
                        "{'type':'status','message':'running','elapsed_s':3}",
                        "{'type':'thinking','block':'text','content':'First.\\n\\nThen.'}"))
                .isEqualTo("model scripted:demo\n\nFirst.\n\nThen.\n");
    }

    @Test
    void textIsShownWhileItIsWrittenAndOnce() {
        assertThat(after(
                        "{'type':'text_delta','block':'text','content':'\\n\\nIt '}",
                        "{'type':'text_delta','block':'text','content':'is\\n'}"))
                .isEqualTo("\nIt is");
        assertThat(after(
                        "{'type':'status','message':'running','elapsed_s':3}",
                        "{'type':'thinking','block':'text','content':'\\n\\nIt is\\ndone.\\n'}",
                        "{'type':'tool_use','id':'1','tool':'Bash','input':{'command':'make'}}"))
                .isEqualTo("\nIt is\ndone.\n\n> Bash  make\n");
    }

    @Test
    void piecesOfAnAttemptThatFailedAreFollowedByTheTextOfTheNext() {
        assertThat(after(
                        "{'type':'text_delta','block':'text','content':'It is'}",
                        "{'type':'status','message':'retrying','delay_ms':10,'error':{'message':'cut'}}",
                        "{'type':'text_delta','block':'text','content':'Done'}",
                        "{'type':'thinking','block':'text','content':'Done.'}"))
                .isEqualTo("\nIt is\n\nThe model could not answer (cut); trying again in 10 ms\n\nDone.\n");
    }

    @Test
    void aCallWithoutSensibleInputIsShownAsItCame() {
        assertThat(after("{'type':'tool_use','id':'1','tool':'Bash','input':'{not json'}"))
                .contains("> Bash  ");
        assertThat(after("{'type':'tool_result','id':'9','tool':'Bash','output':'lost','duration_ms':1}"))
                .contains("> Bash\n    lost\n    ok, 1 ms\n");
    }
}
