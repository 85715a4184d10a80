import com.jcraft.jsch.ChannelShell;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.Session;
import java.util.Scanner;
import sun.misc.Signal;

/** A terminal at one end of a session by JSch. */
public class Jsch {
  static String stty(String... args) throws Exception {
    String[] command = new String[args.length + 1];
    command[0] = "stty";
    System.arraycopy(args, 0, command, 1, args.length);
    Process process = new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.INHERIT).start();
    String said = new String(process.getInputStream().readAllBytes());
    process.waitFor();
    return said.trim();
  }

  static void tellSize(ChannelShell channel) throws Exception {
    Scanner size = new Scanner(stty("size"));
    int rows = size.nextInt();
    channel.setPtySize(size.nextInt(), rows, 0, 0);
  }

  public static void main(String[] args) throws Exception {
    if (args[0].equals("--version")) {
      System.out.println(JSch.VERSION);
      return;
    }
    JSch jsch = new JSch();
    if (args.length > 3) jsch.addIdentity(args[3]);
    Session session = jsch.getSession(args[2], args[0], Integer.parseInt(args[1]));
    session.setConfig("StrictHostKeyChecking", "no");
    session.connect(20000);
    ChannelShell channel = (ChannelShell) session.openChannel("shell");
    channel.setPtyType(System.getenv("TERM"));
    tellSize(channel);
    channel.setInputStream(System.in, true);
    channel.setOutputStream(System.out, true);
    channel.setExtOutputStream(System.err, true);
    stty("raw", "-echo");
    Signal.handle(new Signal("WINCH"), signal -> {
      try {
        tellSize(channel);
      } catch (Exception error) {
        error.printStackTrace();
      }
    });
    channel.connect();
    // Before there was a channel to tell of it.
    tellSize(channel);
    while (!channel.isClosed()) Thread.sleep(20);
    stty("sane");
    session.disconnect();
    System.exit(channel.getExitStatus());
  }
}
