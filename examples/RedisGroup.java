// Reads the alert log from Java (17 or newer, nothing to install) with a consumer group of its own. With Jedis the same
// commands are xgroupCreate, xautoclaim, xreadGroup and xack.
//
//   java examples/RedisGroup.java redis://127.0.0.1:6379/0 my-group [how many] [key]

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class RedisGroup {
    private static InputStream in;
    private static OutputStream out;

    public static void main(String[] arguments) throws IOException {
        String group = arguments[1], key = arguments.length > 3 ? arguments[3] : "tocsin:{p0}:alerts";
        long count = arguments.length > 2 ? Long.parseLong(arguments[2]) : Long.MAX_VALUE;
        URI server = URI.create(arguments[0]);
        try (Socket socket = new Socket(server.getHost(), server.getPort() < 0 ? 6379 : server.getPort())) {
            in = new BufferedInputStream(socket.getInputStream());
            out = socket.getOutputStream();
            if (server.getUserInfo() != null) redis("AUTH", server.getUserInfo().replaceFirst(".*:", ""));
            read(key, group, count);
        }
    }

    // docs: from here on
    private static void read(String key, String group, long count) throws IOException {
        try {
            redis("XGROUP", "CREATE", key, group, "0", "MKSTREAM");
        } catch (IllegalStateException error) {
            if (!error.getMessage().contains("BUSYGROUP")) throw error;
        }
        for (long done = 0; done < count; ) {
            List<?> entries = (List<?>) ((List<?>) redis("XAUTOCLAIM", key, group, "one", "60000", "0", "COUNT", "10")).get(1);
            if (entries.isEmpty()) { // nothing of a reader that died
                Object found = redis("XREADGROUP", "GROUP", group, "one", "COUNT", "10", "BLOCK", "5000", "STREAMS", key, ">");
                if (found == null) continue;
                entries = (List<?>) ((List<?>) ((List<?>) found).get(0)).get(1);
            }
            for (Object entry : entries) {
                String id = (String) ((List<?>) entry).get(0);
                String json = (String) ((List<?>) ((List<?>) entry).get(1)).get(1);
                System.out.println(field("id", json) + " " + field("type", json));
                redis("XACK", key, group, id); // after the work is done; never XDEL: others read the log too
                done++;
            }
        }
    }
    // docs: up to here

    /** Returns a field of the envelope, which stands before `data`; a real program uses a JSON library. */
    private static String field(String name, String json) {
        Matcher found = Pattern.compile("\"" + name + "\":\\s*\"([^\"]*)\"").matcher(json);
        return found.find() ? found.group(1) : "";
    }

    private static Object redis(String... words) throws IOException {
        ByteArrayOutputStream command = new ByteArrayOutputStream();
        command.write(("*" + words.length + "\r\n").getBytes(StandardCharsets.UTF_8));
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            command.write(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.UTF_8));
            command.write(bytes);
            command.write("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        out.write(command.toByteArray());
        return reply();
    }

    /** Returns one reply of the protocol: a string, a list, or null; an error is thrown. */
    private static Object reply() throws IOException {
        String line = line(), text = line.substring(1);
        switch (line.charAt(0)) {
            case '-': throw new IllegalStateException(text);
            case '+': case ':': return text;
            default: break;
        }
        int size = Integer.parseInt(text);
        if (size < 0) return null;
        if (line.charAt(0) == '$') {
            String value = new String(in.readNBytes(size), StandardCharsets.UTF_8);
            in.readNBytes(2);
            return value;
        }
        List<Object> values = new ArrayList<>();
        while (values.size() < size) values.add(reply());
        return values;
    }

    private static String line() throws IOException {
        StringBuilder found = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) throw new EOFException("the server ended the connection");
            if (c != '\r') found.append((char) c);
        }
        return found.toString();
    }
}
